import type { DeviceId } from '../../../call/ids.ts';
import { callId } from '../../../protocol/ids.ts';
import { callView } from '../../callView.ts';
import type { UserCaller } from '../auth.ts';
import type { UseCases } from '../useCases.ts';

interface RequestOfDevice {
  readonly caller: UserCaller;
  readonly body: { readonly deviceId: DeviceId };
}

/** For a repeated request: the call as it is now, with a fresh ticket. */
export function readableBy(useCases: UseCases) {
  return async ({ caller: { userId }, body: { deviceId } }: RequestOfDevice, id: string) => {
    const { call, ticket } = await useCases.readCall({ callId: callId.parse(id), userId });
    return { call: callView(call, { userId, deviceId }), ticket };
  };
}
