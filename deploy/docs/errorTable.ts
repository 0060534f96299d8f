/** The catalogue of errors as the table of docs/errors.md. */
import { errorCatalogue } from '../../src/domain/kernel/errors.ts';
import type { ErrorCode } from '../../src/domain/kernel/errors.ts';
import { httpStatus, rpcCode } from '../../src/protocol/shared/errorStatus.ts';

/** Markdown: one row a code, in the order of the catalogue. */
export function errorTable(): string {
  const isCode = (name: string): name is ErrorCode => name in errorCatalogue;
  const rows = Object.keys(errorCatalogue)
    .filter(isCode)
    .map((code) => `| \`${code}\` | ${httpStatus(code)} | ${rpcCode(code)} | ${errorCatalogue[code].message} |`);
  return ['| code | HTTP status | JSON-RPC code | message |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
