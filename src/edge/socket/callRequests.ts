/** What people ask of a call, as it is declared: one handler for all of it. */
import type { z } from 'zod';
import type { ChangedCall, ChangeRequest, ReadChangeRequest } from '../../commands/call/changeCall.ts';
import type { CallId } from '../../domain/kernel/ids.ts';
import type { TokenHolder } from '../../ports/people/tokens.ts';
import { callRequests, declarations } from '../../protocol/shared/callCommands.ts';
import type { PeoplesCommandName, SocketCommandName } from '../../protocol/shared/callCommands.ts';
import { callView } from '../callView.ts';
import { keyedChange, keysOfUser, newRequestId } from '../idempotent.ts';
import type { Idempotent, Making } from '../idempotent.ts';
import { partingPresence, presence } from './socketIdentity.ts';
import type { IdentifiedSocket } from './socketIdentity.ts';
import { on } from './requestHandler.ts';
import type { RequestHandler } from './requestHandler.ts';

export interface CommandUseCases {
  readonly mustStillBe: (holder: TokenHolder) => Promise<void>;
  changeCall<N extends PeoplesCommandName>(request: ChangeRequest<N>): Promise<ChangedCall>;
  /** For a repeated request: how the call stands that the first one changed. */
  readChange(request: ReadChangeRequest): Promise<ChangedCall>;
}

interface CommandContext {
  readonly useCases: CommandUseCases;
  readonly idempotent: Idempotent;
}

interface CommandRequest {
  readonly params: z.ZodType<{ readonly callId: CallId; readonly key?: string }>;
  readonly result: z.ZodType;
}

/** Keyed under the name and with the body that the request has over HTTP: repeated there, it is the same one. */
export function commandHandler(
  name: SocketCommandName,
  { useCases, idempotent }: CommandContext,
): RequestHandler<IdentifiedSocket> {
  const { body: schema, outlivesToken = false } = declarations[name];
  const mayAct = outlivesToken ? partingPresence(useCases) : presence(useCases);
  const request: CommandRequest = callRequests[name];
  return on(request, async ({ callId, key, ...said }, connection: IdentifiedSocket) => {
    const viewer = await mayAct(connection);
    const { userId, deviceId } = viewer;
    const body = schema.parse({ ...said, deviceId });
    const work = (making?: Making) => useCases.changeCall({ name, callId, userId, body, making: keyedChange(making) });
    const changed =
      key === undefined
        ? work()
        : idempotent.once<ChangedCall>({
            scope: keysOfUser(userId),
            key,
            asks: [`post /v1/calls/{callId}/${name}`, [{ callId }, body]],
            newId: newRequestId,
            work,
            remake: () => useCases.readChange({ name, callId, userId }),
          });
    const { call, ticket } = await changed;
    const view = callView(call, viewer);
    return ticket === undefined ? view : { call: view, ticket };
  });
}
