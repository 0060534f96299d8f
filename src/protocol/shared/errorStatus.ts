/** Maps kinds of errors to the HTTP status (RFC 9110) and the JSON-RPC code. JSON-RPC reserves -32768 to -32000. */
import { errorCatalogue } from '../../domain/kernel/errors.ts';
import type { ErrorCode, ErrorKind } from '../../domain/kernel/errors.ts';

const httpStatusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  wrong_method: 405,
  conflict: 409,
  gone: 410,
  too_large: 413,
  unsupported: 415,
  upgrade_required: 426,
  too_many: 429,
  unavailable: 503,
  internal: 500,
};

export function httpStatus(code: ErrorCode): number {
  return httpStatusOfKind[errorCatalogue[code].kind];
}

const reservedRpcCodes: Partial<Record<ErrorCode, number>> = {
  malformed: -32700,
  batch_refused: -32600,
  invalid_request: -32602,
  unknown_method: -32601,
  internal: -32603,
};

/** Codes of our own are the HTTP status of the same error. */
export function rpcCode(code: ErrorCode): number {
  return reservedRpcCodes[code] ?? httpStatus(code);
}
