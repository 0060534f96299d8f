/**
 * Faults that repeat with every message or request would fill the log. A line with an error is written at most once a
 * minute for each cause; `count` includes those left out since the line before. The metrics count each.
 */
import { CallError } from '../domain/kernel/errors.ts';
import type { Log, LogFields } from '../ports/system/log.ts';
import type { OperatorAct, OperatorLog } from '../ports/system/operatorLog.ts';
import { Throttle } from '../support/throttle.ts';

/** Limit of lines whose repetitions are counted. */
const maxCounted = 1_000;

export class SparingLog implements Log, OperatorLog {
  readonly #log: Log & OperatorLog;
  readonly #said: Throttle;
  readonly #leftOut = new Map<string, number>();

  constructor(log: Log & OperatorLog, said = new Throttle()) {
    this.#log = log;
    this.#said = said;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log.debug(message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log.info(message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#sparingly('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#sparingly('error', message, fields);
  }

  acted(act: OperatorAct): void {
    this.#log.acted(act);
  }

  #sparingly(level: 'warn' | 'error', message: string, { error, ...fields }: LogFields): void {
    if (error === undefined) {
      this.#log[level](message, fields);
      return;
    }
    const unreadable = faultOfValue(error);
    const line = `${level} ${message} ${unreadable ?? causeOf(error)}`;
    const leftOut = this.#leftOut.get(line) ?? 0;
    if (!this.#said.passes(line)) {
      if (this.#leftOut.size >= maxCounted) this.#leftOut.clear();
      this.#leftOut.set(line, leftOut + 1);
      return;
    }
    this.#leftOut.delete(line);
    const counted = leftOut === 0 ? fields : { count: leftOut + 1, ...fields };
    this.#log[level](message, unreadable === undefined ? { ...counted, error } : { reason: unreadable, ...counted });
  }
}

/** Of a value that cannot be read: what is wrong, and where it was read. The words of the error may contain the value. */
function faultOfValue(error: unknown): string | undefined {
  const fault = rootOf(error);
  if (!(fault instanceof Error)) return undefined;
  const isOfShape = fault.name === 'ZodError' || fault.name === '$ZodError';
  if (!isOfShape && fault.name !== 'SyntaxError') return undefined;
  const places = framesOf(error).slice(0, maxPlaces);
  return [isOfShape ? `another shape: ${codeOf(fault)}` : 'no JSON', ...places].join(', ');
}

/** Enough to find the reader of a value and who called it. */
const maxPlaces = 3;

/** The lines of the stack that name a file. Those of a wrapped error are not known to have a stack. */
function framesOf(error: unknown): readonly string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return [...stack.matchAll(/^\s+(at .*:\d+:\d+\)?)$/gm)].map(([, frame = '']) => frame);
}

function codeOf(fault: Error): string {
  const issues: unknown = 'issues' in fault ? fault.issues : undefined;
  const first: unknown = Array.isArray(issues) ? issues[0] : undefined;
  return typeof first === 'object' && first !== null && 'code' in first ? String(first.code) : 'unknown';
}

/** Where it was thrown: the words of an error may differ each time. */
function causeOf(error: unknown): string {
  const fault = rootOf(error);
  if (!(fault instanceof Error)) return typeof fault;
  // Redis names its faults by a first word in capitals, and all of them are thrown at the same place.
  const code = fault instanceof CallError ? fault.code : (/^[A-Z]{3,}\b/.exec(fault.message)?.[0] ?? '');
  return `${fault.name} ${code} ${/^\s+at .*$/m.exec(fault.stack ?? '')?.[0] ?? fault.message}`;
}

function rootOf(error: unknown): unknown {
  return error instanceof CallError ? (error.cause ?? error) : error;
}
