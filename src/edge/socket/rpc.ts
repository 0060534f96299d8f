/** Frames of JSON-RPC 2.0: text in, parsed request or coded error out. */
import type { z } from 'zod';
import { CallError, errorCatalogue } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';
import { rpcCode } from '../../protocol/shared/errorStatus.ts';
import { requestId, rpcRequest } from '../../protocol/socket/jsonRpc.ts';
import type { RequestId, RpcRequest } from '../../protocol/socket/jsonRpc.ts';

/** Where a message does not match its schema. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** A message that is refused before any handler sees it, with its id if it has one. */
export class BadMessage extends CallError {
  readonly id: RequestId;
  readonly issues: readonly Issue[];

  constructor(code: ErrorCode, id: RequestId, issues: readonly Issue[] = []) {
    super(code);
    this.id = id;
    this.issues = issues;
  }
}

/** An invalid request in terms of the specification: JSON, but no JSON-RPC envelope. Wrong params are another error. */
class NoRequest extends BadMessage {}
const noRequestCode = -32600;

/** Throws `BadMessage`. */
export function parseRequest(text: string): RpcRequest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new BadMessage('malformed', null);
  }
  if (Array.isArray(json)) throw new BadMessage('batch_refused', null);
  const parsed = rpcRequest.safeParse(json);
  if (!parsed.success) throw new NoRequest('invalid_request', idOf(json), issuesOf(parsed.error));
  return parsed.data;
}

function idOf(json: unknown): RequestId {
  if (typeof json !== 'object' || json === null || !('id' in json)) return null;
  const parsed = requestId.safeParse(json.id);
  return parsed.success ? parsed.data : null;
}

export function issuesOf(error: z.ZodError): readonly Issue[] {
  return error.issues.slice(0, 10).map(({ path, message }) => ({ path: path.join('.'), message }));
}

export function resultFrame(id: RequestId, result: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

export function notificationFrame(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

export function errorFrame(id: RequestId, error: CallError): string {
  const { code, retryAfterMs } = error;
  const data = {
    code,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(error instanceof BadMessage && error.issues.length > 0 ? { issues: error.issues } : {}),
  };
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: {
      code: error instanceof NoRequest ? noRequestCode : rpcCode(code),
      message: errorCatalogue[code].message,
      data,
    },
  });
}
