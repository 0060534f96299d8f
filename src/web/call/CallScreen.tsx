import { useEffect } from 'preact/hooks';
import { startRinging } from './ringing.ts';
import { nameOf, sheet } from '../state.ts';
import type { CallSnapshot } from '../state.ts';
import { namesWords } from '../words.ts';
import { CallHeader } from './CallHeader.tsx';
import { Controls } from './Controls.tsx';
import { DeviceSheet } from '../sheets/DeviceSheet.tsx';
import { PeopleSheet } from '../sheets/PeopleSheet.tsx';
import { PrivacyPanel } from '../home/PrivacyPanel.tsx';
import { RemoteAudio } from './RemoteAudio.tsx';
import { SelfView } from './SelfView.tsx';
import { Stage } from './Stage.tsx';

/** `isBehind`: the call still rings here. Its elements are ready, but hidden and out of reach. */
export function CallScreen({ call, isBehind }: { call: CallSnapshot; isBehind: boolean }) {
  const isOutgoing = call.state === 'ringing' && call.direction === 'outgoing';
  useEffect(() => (isOutgoing ? startRinging('outgoing') : undefined), [isOutgoing]);
  const names = namesWords(call.others.map(({ userId }) => nameOf(userId)));
  return (
    <main class={isBehind ? 'call call-behind' : 'call'} inert={isBehind} aria-label={`Call with ${names}`}>
      <Stage call={call} />
      <RemoteAudio call={call} />
      <CallHeader call={call} names={names} />
      <SelfView call={call} />
      <Controls call={call} />
      {!isBehind && sheet.value === 'devices' && <DeviceSheet call={call.call} />}
      {!isBehind && sheet.value === 'people' && <PeopleSheet call={call} />}
      {!isBehind && sheet.value === 'privacy' && <PrivacyPanel call={call} />}
    </main>
  );
}
