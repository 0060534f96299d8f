/** Hours of every day in which nobody rings, as a user's own clock shows them. */
import type { Instant } from '../kernel/ids.ts';

export interface QuietHours {
  /** `HH:MM`. From the first on and up to the last; over midnight when `from` is the later, never when they are the same. */
  readonly from: string;
  readonly to: string;
  /** A name of the IANA time zone database. */
  readonly timeZone: string;
}

/** Stands for hours that nobody has set: `from` and `to` are the same, so that it is never quiet. */
const none: QuietHours = { from: '00:00', to: '00:00', timeZone: 'UTC' };

/**
 * Does the same work whether there are any: how long a refusal takes must not tell. In a time zone that this machine does
 * not know it is always quiet: nobody can tell the hour there, and to ring in somebody's night is worse than not to ring.
 */
export function isQuiet(hours: QuietHours | null, now: Instant): boolean {
  const { from, to, timeZone } = hours ?? none;
  const clock = clockOf(timeZone);
  if (clock === undefined) return from !== to;
  // Of one length with leading zeros, so that their order is the order of time.
  const time = clock.format(now);
  return from <= to ? from <= time && time < to : from <= time || time < to;
}

/** Of stored hours: the machine that took them may have known more zones than this one. */
export function hasKnownTimeZone({ timeZone }: QuietHours): boolean {
  return clockOf(timeZone) !== undefined;
}

/** Making one costs a hundred times what it costs to read it. */
const clocks = new Map<string, Intl.DateTimeFormat | undefined>();
/** There are fewer zones, but a name may be written in more than one way. */
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

/** A name, with which summer time comes and goes; an offset such as `+01:00`, which some platforms take too, is none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
