/** Repeated work: never twice at once; failures are logged and survived. */
import { faultOf } from '../../adapters/redis/connection/operatorMessages.ts';
import { CallError } from '../../domain/kernel/errors.ts';
import { OncePerCause } from '../../observability/oncePerCause.ts';
import type { Log } from '../../ports/system/log.ts';

export interface Recurring {
  /** Also runs it now. */
  now(): void;
  stop(): void;
}

/** Failed work is retried before its next turn. */
const failedAgainMs = 1_000;

export function recurring(
  work: () => Promise<void>,
  { everyMs, what, log }: { readonly everyMs: number; readonly what: string; readonly log: Log },
): Recurring {
  const faults = new OncePerCause(log);
  let atWork = false;
  let stopped = false;
  let askedAgain = false;
  let soon: NodeJS.Timeout | undefined;
  const run = async (): Promise<void> => {
    if (atWork || stopped) return;
    atWork = true;
    try {
      await work();
      faults.succeeded(what);
    } catch (error) {
      faults.failed(what, causeOf(error), isInWords(error) ? {} : { error });
      clearTimeout(soon);
      soon = setTimeout(() => void run(), Math.min(everyMs, failedAgainMs));
    } finally {
      atWork = false;
    }
    if (!askedAgain) return;
    askedAgain = false;
    await run();
  };
  const timer = setInterval(() => void run(), everyMs);
  return {
    now: () => {
      // The current run may have begun before the reason for this one.
      askedAgain = atWork;
      void run();
    },
    stop: () => {
      clearInterval(timer);
      clearTimeout(soon);
      stopped = true;
    },
  };
}

/** The words say it all: a stack adds nothing. */
function isInWords(error: unknown): boolean {
  return faultOf(error) !== undefined || (error instanceof CallError && error.kind === 'unavailable');
}

/** The same text while the cause is the same. */
function causeOf(error: unknown): string {
  return faultOf(error)?.words ?? (error instanceof Error ? error.message : '');
}
