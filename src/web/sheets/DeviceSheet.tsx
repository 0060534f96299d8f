import { useEffect, useState } from 'preact/hooks';
import { listDevices, onDevicesChanged } from '../../client/index.ts';
import type { Call, DeviceKind, MediaDevice } from '../../client/index.ts';
import { withNotice } from '../parts/notices.ts';
import { speakerId } from '../state.ts';
import { Sheet } from './Sheet.tsx';

const titles: Readonly<Record<DeviceKind, string>> = {
  microphone: 'Microphone',
  camera: 'Camera',
  speaker: 'Speaker',
};

export function DeviceSheet({ call }: { call: Call }) {
  const [devices, setDevices] = useState<readonly MediaDevice[]>([]);
  useEffect(() => {
    const list = () => void listDevices().then(setDevices);
    list();
    return onDevicesChanged(list);
  }, []);
  const choose = (kind: DeviceKind, id: string) => {
    if (kind === 'speaker') speakerId.value = id;
    else void withNotice(() => call.useDevice(kind, id));
  };
  const used: Readonly<Record<DeviceKind, string | undefined>> = {
    microphone: call.deviceInUse('microphone'),
    camera: call.deviceInUse('camera'),
    speaker: speakerId.value,
  };
  return (
    <Sheet title="Devices" testId="device-sheet">
      {(['microphone', 'camera', 'speaker'] as const).map((kind) => (
        <DeviceChoice
          key={kind}
          kind={kind}
          devices={devices.filter((one) => one.kind === kind)}
          used={used[kind]}
          choose={choose}
        />
      ))}
    </Sheet>
  );
}

interface DeviceChoiceProps {
  readonly kind: DeviceKind;
  readonly devices: readonly MediaDevice[];
  readonly used: string | undefined;
  readonly choose: (kind: DeviceKind, id: string) => void;
}

function DeviceChoice({ kind, devices, used, choose }: DeviceChoiceProps) {
  return (
    <label class="field">
      <span>{titles[kind]}</span>
      {devices.length === 0 ? (
        <span class="fine">None was found, or the browser lets no page choose it.</span>
      ) : (
        <select
          data-testid={`choose-${kind}`}
          value={used ?? devices[0]?.id}
          onChange={(event) => {
            choose(kind, event.currentTarget.value);
          }}
        >
          {devices.map(({ id, label }, index) => (
            <option key={id} value={id}>
              {label || `${titles[kind]} ${index + 1}`}
            </option>
          ))}
        </select>
      )}
    </label>
  );
}
