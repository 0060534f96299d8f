/** Structured logs (JSON lines): only the fields of `LogFields`, and never an address. */
import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Log, LogFields } from '../ports/system/log.ts';
import type { OperatorAct, OperatorLog } from '../ports/system/operatorLog.ts';
import { scrub } from './scrub.ts';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** The process that logs: `node`, `workers`, … */
  readonly name?: string;
  /** Standard output by default. */
  readonly destination?: DestinationStream;
}

/** The compiler checks that this is all of `LogFields`; other properties are not logged. */
const loggable: Readonly<Record<Exclude<keyof LogFields, 'error'>, true>> = {
  callId: true,
  nodeId: true,
  sessionId: true,
  userId: true,
  endpointId: true,
  code: true,
  method: true,
  reason: true,
  count: true,
  pid: true,
  port: true,
};

/** Maximum depth of a chain of causes: a cycle has no end. */
const deepestCause = 4;

export class Logger implements Log, OperatorLog {
  readonly #pino: pino.Logger;
  readonly #audit: pino.Logger;

  constructor({ level, name, destination }: LoggerOptions) {
    const options: pino.LoggerOptions = {
      level,
      // No host name: it may be an address.
      base: name === undefined ? null : { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    };
    this.#pino = destination === undefined ? pino(options) : pino(options, destination);
    this.#audit = this.#pino.child({ kind: 'audit' }, { level: auditLevel(level) });
  }

  replaceLevel(level: LoggerOptions['level']): void {
    this.#pino.level = level;
    this.#audit.level = auditLevel(level);
  }

  debug(message: string, fields: LogFields = {}): void {
    if (this.#pino.isLevelEnabled('debug')) this.#pino.debug(printable(fields), scrub(message));
  }

  info(message: string, fields: LogFields = {}): void {
    this.#pino.info(printable(fields), scrub(message));
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#pino.warn(printable(fields), scrub(message));
  }

  error(message: string, fields: LogFields = {}): void {
    this.#pino.error(printable(fields), scrub(message));
  }

  acted({ by, act, detail }: OperatorAct): void {
    const more = detail === undefined ? {} : { detail: scrub(detail) };
    this.#audit.info({ by: scrub(by), act, ...more }, 'an operator acted');
  }
}

function auditLevel(level: LoggerOptions['level']): LoggerOptions['level'] {
  return level === 'silent' ? 'silent' : 'info';
}

function printable({ error, ...fields }: LogFields): Record<string, unknown> {
  const known = Object.entries(fields).filter(([name]) => name in loggable);
  return {
    ...Object.fromEntries(known.map(([name, value]) => [name, typeof value === 'string' ? scrub(value) : value])),
    ...(error === undefined ? {} : { error: printableError(error, 1) }),
  };
}

/** Only name, message and stack: drivers attach addresses to errors as properties. */
function printableError(error: unknown, depth: number): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: scrub(textOf(error)) };
  const causes = [error.cause, ...(error instanceof AggregateError ? Array.from<unknown>(error.errors) : [])];
  const listed = depth < deepestCause ? causes.filter((cause) => cause !== undefined) : [];
  return {
    name: scrub(error.name),
    message: scrub(error.message),
    ...(error.stack === undefined ? {} : { stack: scrub(error.stack) }),
    ...(listed.length === 0 ? {} : { causes: listed.map((cause) => printableError(cause, depth + 1)) }),
  };
}

function textOf(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : 'a value that is not an error was thrown';
}
