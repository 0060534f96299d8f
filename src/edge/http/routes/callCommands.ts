/** What people ask of a call that exists: one route for each command, as it is declared. */
import * as z from 'zod';
import { declarations, isPeoplesCommand, refusedAlways } from '../../../protocol/shared/callCommands.ts';
import type { PeoplesCommandName } from '../../../protocol/shared/callCommands.ts';
import { callParams } from '../../../protocol/http/http.ts';
import type { ChangedCall } from '../../../commands/call/changeCall.ts';
import type { UserId } from '../../../domain/kernel/ids.ts';
import { deviceId } from '../../../protocol/shared/ids.ts';
import { keyedChange, newRequestId } from '../../idempotent.ts';
import { callView } from '../../callView.ts';
import type { Caller } from '../auth.ts';
import type { Limits } from '../limits/httpRateLimits.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import type { UseCases } from '../useCases.ts';

interface CommandRoutesOptions {
  readonly useCases: UseCases;
  readonly limits: Limits;
}

export function commandRoutes(options: CommandRoutesOptions): readonly Route[] {
  return Object.keys(declarations)
    .filter(isPeoplesCommand)
    .map((name) => commandRoute(name, options));
}

function commandRoute(name: PeoplesCommandName, { useCases, limits }: CommandRoutesOptions): Route {
  const { access = 'user', summary, body, answer, refusals, rings = false } = declarations[name];
  return route({
    method: 'post',
    path: `/v1/calls/{callId}/${name}`,
    status: 200,
    access,
    scope: 'calls',
    summary,
    params: callParams,
    body,
    answer,
    refusals: [...refusedAlways, ...refusals],
    once: {
      newId: newRequestId,
      remake: async ({ caller, params: { callId }, body }) =>
        viewOf(await useCases.readChange({ name, callId, userId: userOf(caller) }), caller, body),
    },
    handler: async ({ caller, params: { callId }, body, making }) => {
      const userId = userOf(caller);
      if (rings && userId !== undefined) await limits.callBy(userId);
      const changed = await useCases.changeCall({ name, callId, userId, body, making: keyedChange(making) });
      return viewOf(changed, caller, body);
    },
  });
}

function userOf(caller: Caller): UserId | undefined {
  return caller.kind === 'app' ? undefined : caller.userId;
}

const named = z.object({ deviceId });

/** As the device sees it that the body names, where it names one. */
function viewOf({ call, ticket }: ChangedCall, caller: Caller, body: unknown) {
  const userId = userOf(caller);
  const from = named.safeParse(body);
  const view = callView(call, {
    ...(userId === undefined ? {} : { userId }),
    ...(from.success ? { deviceId: from.data.deviceId } : {}),
  });
  return ticket === undefined ? view : { call: view, ticket };
}
