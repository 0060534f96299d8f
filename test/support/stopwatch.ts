/**
 * Time as this process could use it: counts the ticks of a timer, which does not tick while a busy machine holds the
 * process up. For what must come within a bound of its own, whatever else runs beside it.
 */
const tickMs = 10;

export interface Stopwatch {
  /** Milliseconds since the start; ends the count. */
  stop(): number;
}

export function startStopwatch(): Stopwatch {
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), tickMs);
  return {
    stop: () => {
      clearInterval(timer);
      return ticks * tickMs;
    },
  };
}
