/** How a picture fills the place that it has on the page. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** Of the picture; less would cut people off. A camera of 4 : 3 in a place of 16 : 9 shows three quarters. */
const leastShown = 0.7;

/** Whether the place may be filled: else the whole picture is shown, with a margin. */
export function mayFill(picture: Size, place: Size): boolean {
  const [one, other] = [picture.width / picture.height, place.width / place.height];
  const shown = Math.min(one, other) / Math.max(one, other);
  // Not known yet.
  return !Number.isFinite(shown) || shown >= leastShown;
}
