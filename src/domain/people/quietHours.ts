/** Hours of each day in which no call rings, by the user's own clock. */
import type { Instant } from '../kernel/ids.ts';

export interface QuietHours {
  /**
   * `HH:MM`, from `from` up to `to`. Crosses midnight when `from` is later than `to`. Never quiet when both are equal.
   */
  readonly from: string;
  readonly to: string;
  /** A name of the IANA time zone database. */
  readonly timeZone: string;
}

/** Stands in for hours that are not set: `from` equals `to`, so it is never quiet. */
const none: QuietHours = { from: '00:00', to: '00:00', timeZone: 'UTC' };

/**
 * Does the same work with and without hours, since the time that a refusal takes must reveal nothing. In an unknown
 * time zone it is always quiet: nobody can tell the hour there, and ringing at night is worse than not ringing.
 */
export function isQuiet(hours: QuietHours | null, now: Instant): boolean {
  const { from, to, timeZone } = hours ?? none;
  const clock = clockOf(timeZone);
  if (clock === undefined) return from !== to;
  // Fixed length with leading zeros, so that the order of texts is the order of times.
  const time = clock.format(now);
  return from <= to ? from <= time && time < to : from <= time || time < to;
}

/** Stored hours may name a zone that only the machine that took them knows. */
export function hasKnownTimeZone({ timeZone }: QuietHours): boolean {
  return clockOf(timeZone) !== undefined;
}

/** Making a formatter costs a hundred times as much as using it. */
const clocks = new Map<string, Intl.DateTimeFormat | undefined>();
/** There are fewer zones, but a name may be written in several ways. */
const maxClocks = 2_000;

/** Undefined for a zone that this machine does not know. */
function clockOf(timeZone: string): Intl.DateTimeFormat | undefined {
  if (clocks.has(timeZone)) return clocks.get(timeZone);
  if (clocks.size >= maxClocks) clocks.clear();
  const made = madeClock(timeZone);
  clocks.set(timeZone, made);
  return made;
}

function madeClock(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * A zone name, which knows daylight saving time. An offset such as `+01:00`, which some platforms accept, is refused.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
