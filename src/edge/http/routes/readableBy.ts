/** What a repeated request about a call gets: how the call stands now. */
import type { Call } from '../../../domain/call/call.ts';
import type { CallId, DeviceId } from '../../../domain/kernel/ids.ts';
import { callId } from '../../../protocol/shared/ids.ts';
import { callView } from '../../callView.ts';
import type { UserCaller } from '../auth.ts';
import { newId } from '../route.ts';
import type { UseCases } from '../useCases.ts';

interface RequestOfDevice {
  readonly caller: UserCaller;
  readonly body: { readonly deviceId: DeviceId };
}
interface RequestAbout {
  readonly caller: UserCaller;
  readonly body: { readonly deviceId?: DeviceId };
}

/** With a fresh ticket. */
export function readableBy(useCases: UseCases) {
  return async ({ caller: { userId }, body: { deviceId } }: RequestOfDevice, id: string) => {
    const { call, ticket } = await useCases.readCall({ callId: callId.parse(id), userId });
    return { call: callView(call, { userId, deviceId }), ticket };
  };
}

export const idOfAdmitted = ({ call }: { readonly call: Pick<Call, 'id'> }): CallId => call.id;

/** Of a request that changes a call, and may have taken its user out of it. */
export function changeOnce(useCases: UseCases) {
  return {
    newId: newId('call'),
    idIn: ({ id }: Pick<Call, 'id'>): CallId => id,
    remake: async ({ caller: { userId }, body: { deviceId } }: RequestAbout, id: string) => {
      const call = await useCases.readChanged({ callId: callId.parse(id), userId });
      return callView(call, { userId, ...(deviceId === undefined ? {} : { deviceId }) });
    },
  };
}
