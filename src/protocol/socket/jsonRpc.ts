/**
 * The JSON-RPC 2.0 envelope (jsonrpc.org/specification). One request per frame, no batches. A request without an `id`
 * is executed like any other, but gets no answer, not even an error.
 */
import * as z from 'zod';
import { errorCatalogue } from '../../domain/kernel/errors.ts';
import type { ErrorCode } from '../../domain/kernel/errors.ts';

const version = z.literal('2.0');
const longestId = 64;
/** Made by the client, and returned unchanged. */
export const requestId = z.union([z.int(), z.string().max(longestId)]).nullable();
export type RequestId = z.infer<typeof requestId>;

export const rpcRequest = z.object({
  jsonrpc: version,
  id: requestId.exactOptional(),
  method: z.string().max(64),
  /** Optional (§4.2). */
  params: z.unknown().default({}),
});
export type RpcRequest = z.infer<typeof rpcRequest>;

const codes = Object.keys(errorCatalogue);
/** `type` and `enum` are for the documents, which show nothing of a custom check. */
export const errorCode = z
  .custom<ErrorCode>((value) => typeof value === 'string' && codes.includes(value))
  .meta({ id: 'ErrorCode', type: 'string', enum: codes });

export const rpcError = z.object({
  code: z.int(),
  message: z.string(),
  data: z.object({
    code: errorCode,
    retryAfterMs: z.int().nonnegative().optional(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
});
export const rpcAnswer = z.union([
  z.object({ jsonrpc: version, id: requestId, result: z.unknown() }),
  z.object({ jsonrpc: version, id: requestId, error: rpcError }),
]);
export const rpcNotification = z.object({ jsonrpc: version, method: z.string(), params: z.unknown() });
