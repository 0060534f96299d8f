/** Chooses the screen. */
import { useEffect } from 'preact/hooks';
import { client, closedBecause, current, incoming, lastEnded, me, nameOf } from '../state.ts';
import { CallScreen } from '../call/CallScreen.tsx';
import { ChoosePerson } from './ChoosePerson.tsx';
import { Closed } from './Closed.tsx';
import { Ended } from '../call/Ended.tsx';
import { Home } from './Home.tsx';
import { IncomingCall } from '../call/IncomingCall.tsx';
import { Notice } from '../parts/Notice.tsx';

export function App() {
  const ringing = incoming.value;
  // The tiles of a ringing call exist already, hidden, so that its first frame needs no more work.
  const shown = current.value ?? ringing;
  const title = ringing
    ? `${nameOf(ringing.caller)} is calling`
    : current.value
      ? `In a call · Veilcast`
      : me.value
        ? `${me.value.name} · Veilcast`
        : 'Veilcast';
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      {current.value === undefined && <Background />}
      {shown && <CallScreen key={shown.id} call={shown} isBehind={shown.id !== current.value?.id} />}
      {ringing && <IncomingCall key={`ring-${ringing.id}`} call={ringing} />}
      <Notice />
    </>
  );
}

function Background() {
  if (closedBecause.value !== undefined) return <Closed why={closedBecause.value} />;
  if (me.value === undefined) return <ChoosePerson />;
  if (lastEnded.value !== undefined) return <Ended call={lastEnded.value} />;
  return <Home me={me.value} isReady={client.value !== undefined} />;
}
