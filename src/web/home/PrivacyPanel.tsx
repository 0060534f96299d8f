import { Check, EyeOff } from 'lucide-preact';
import { me } from '../state.ts';
import type { CallSnapshot } from '../state.ts';
import { Sheet } from '../sheets/Sheet.tsx';

/** Claims only what is true: the operator's server does see an address, and media is not end-to-end encrypted yet. */
export function PrivacyPanel({ call }: { call: CallSnapshot | undefined }) {
  return (
    <Sheet title="What the other side can see of you" testId="privacy-panel">
      <ul class="facts">
        {seen(call).map((fact) => (
          <li key={fact}>
            <Check size={18} aria-hidden="true" />
            <span>{fact}</span>
          </li>
        ))}
      </ul>
      <h3>What they cannot see</h3>
      <ul class="facts facts-hidden">
        {['Your IP address', 'Your network or provider', 'Where you are'].map((fact) => (
          <li key={fact}>
            <EyeOff size={18} aria-hidden="true" />
            <span>{fact}</span>
          </li>
        ))}
      </ul>
      <p class="fine">This holds while it rings, too, and there is no setting that could switch it off.</p>
      {call && <Server call={call} />}
      <h3>What the server can see</h3>
      <p class="fine">
        The operator’s server sees your address while you are connected, as every server does, and keeps none of it.
        What you send is encrypted on its way to the server. The server can open it: calls are not end-to-end encrypted.
      </p>
    </Sheet>
  );
}

function seen(call: CallSnapshot | undefined): readonly string[] {
  const name = `Your name: ${me.value?.name ?? ''}`;
  if (call === undefined) return [name, 'Your voice and your picture, once you are in a call with them'];
  const voice = call.microphoneOn ? 'Your voice' : 'Your voice, when you unmute';
  const picture = call.cameraOn ? 'Your picture' : 'Your picture, when you switch the camera on';
  return [name, voice, picture, ...(call.screenShared ? ['The screen that you share'] : [])];
}

function Server({ call }: { call: CallSnapshot }) {
  const addresses = [...new Set(call.mediaServer.map(({ address }) => address))];
  return (
    <>
      <h3>Where your media goes</h3>
      <p class="fine">
        {addresses.length === 0 ? (
          'To the server, once it is connected. Never to the other side directly.'
        ) : (
          <>
            To the server at <code data-testid="media-server">{addresses.join(', ')}</code>, and nowhere else.
          </>
        )}
      </p>
    </>
  );
}
