import { Mic, MicOff, MonitorUp, MonitorX, PhoneOff, SlidersHorizontal, Users, Video, VideoOff } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { hangUp } from './calls.ts';
import { withNotice } from '../parts/notices.ts';
import { sheet } from '../state.ts';
import type { CallSnapshot, Sheet } from '../state.ts';

export function Controls({ call }: { call: CallSnapshot }) {
  const { microphoneOn, cameraOn, screenShared } = call;
  const live = call.call;
  const icon = { size: 22, 'aria-hidden': true } as const;
  return (
    <nav class="controls" aria-label="Call controls">
      <Control
        label={microphoneOn ? 'Mute' : 'Unmute'}
        short={microphoneOn ? 'Mute' : 'Unmute'}
        testId="toggle-mic"
        isOff={!microphoneOn}
        act={() => live.setMicrophone(!microphoneOn)}
      >
        {microphoneOn ? <Mic {...icon} /> : <MicOff {...icon} />}
      </Control>
      <Control
        label={cameraOn ? 'Camera off' : 'Camera on'}
        short="Camera"
        testId="toggle-camera"
        isOff={!cameraOn}
        act={() => live.setCamera(!cameraOn)}
      >
        {cameraOn ? <Video {...icon} /> : <VideoOff {...icon} />}
      </Control>
      {call.state === 'active' && (
        <Control
          label={screenShared ? 'Stop sharing' : 'Share screen'}
          short={screenShared ? 'Stop' : 'Share'}
          testId="share-screen"
          isOn={screenShared}
          act={() => live.shareScreen(!screenShared)}
        >
          {screenShared ? <MonitorX {...icon} /> : <MonitorUp {...icon} />}
        </Control>
      )}
      {call.state === 'active' && (
        <Control label="People" short="People" testId="people" act={() => open('people')}>
          <Users {...icon} />
        </Control>
      )}
      <Control label="Devices" short="Devices" testId="devices" act={() => open('devices')}>
        <SlidersHorizontal {...icon} />
      </Control>
      <button type="button" class="hang-up" data-testid="hang-up" onClick={() => void hangUp(live)}>
        <PhoneOff {...icon} />
        <span class="control-label">{call.state === 'ringing' ? 'Cancel' : 'Hang up'}</span>
      </button>
    </nav>
  );
}

function open(which: Sheet): Promise<void> {
  sheet.value = which;
  return Promise.resolve();
}

interface ControlProps {
  readonly label: string;
  /** Fits under the icon: one word of the label. */
  readonly short: string;
  readonly testId: string;
  readonly isOff?: boolean;
  readonly isOn?: boolean;
  readonly act: () => Promise<void>;
  readonly children: ComponentChildren;
}

/** The label says what a press does, so the state needs no word of its own. */
function Control({ label, short, testId, isOff = false, isOn = false, act, children }: ControlProps) {
  return (
    <button
      type="button"
      class={`control${isOff ? ' control-off' : ''}${isOn ? ' control-on' : ''}`}
      data-testid={testId}
      data-on={!isOff}
      aria-label={label}
      title={label}
      onClick={() => void withNotice(act)}
    >
      {children}
      <span class="control-label">{short}</span>
    </button>
  );
}
