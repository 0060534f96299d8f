/** One kind of request of the socket: its schema, and what is done. */
import type { z } from 'zod';
import type { RequestId } from '../../protocol/socket/jsonRpc.ts';
import type { Connection } from './connection.ts';
import { BadMessage, issuesOf } from './rpc.ts';

/** `Socket`: what it must know of the connection that asks. */
export type RequestHandler<Socket> = (connection: Socket, params: unknown, id: RequestId) => Promise<unknown>;

/** The answer holds what its schema names and nothing else. */
export function on<P extends z.ZodType, R extends z.ZodType, Socket = Connection>(
  definition: { readonly params: P; readonly result: R },
  handle: (params: z.output<P>, connection: Socket) => Promise<z.input<R>> | z.input<R>,
): RequestHandler<Socket> {
  return async (connection, params, id) => {
    const parsed = definition.params.safeParse(params);
    if (!parsed.success) throw new BadMessage('invalid_request', id, issuesOf(parsed.error));
    return definition.result.parse(await handle(parsed.data, connection));
  };
}
