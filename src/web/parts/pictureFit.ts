/** How a picture fills its place on the page. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The part of the picture that must stay visible. A smaller part would cut people off. A 4 : 3 camera in a 16 : 9 place
 * shows three quarters.
 */
const leastShown = 0.7;

/** Whether the picture may fill its place. Otherwise the whole picture is shown, with a margin. */
export function mayFill(picture: Size, place: Size): boolean {
  const [one, other] = [picture.width / picture.height, place.width / place.height];
  const shown = Math.min(one, other) / Math.max(one, other);
  // The size is not known yet.
  return !Number.isFinite(shown) || shown >= leastShown;
}
