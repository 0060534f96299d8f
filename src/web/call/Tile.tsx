import { MicOff } from 'lucide-preact';
import type { Participant } from '../../client/index.ts';
import { activeSpeaker, nameOf } from '../state.ts';
import { Avatar } from '../parts/Avatar.tsx';
import { StreamVideo } from './StreamVideo.tsx';

export function Tile({ participant, isRinging }: { participant: Participant; isRinging: boolean }) {
  const { userId, state, presence, onHold, tracks } = participant;
  const name = nameOf(userId);
  const camera = tracks.find(({ source }) => source === 'camera');
  const voice = tracks.find(({ source }) => source === 'microphone');
  const isSeen = camera !== undefined && !camera.muted && state === 'joined' && !isRinging && !onHold;
  const isSpeaking = activeSpeaker.value === userId && voice?.muted === false;
  return (
    <figure class={isSpeaking ? 'tile tile-speaking' : 'tile'} data-testid={`tile-${userId}`}>
      {camera && <StreamVideo stream={camera.stream} testId="remote-video" userId={userId} isHidden={!isSeen} />}
      {!isSeen && (
        <div class="tile-blank">
          <Avatar name={name} size="large" />
          {onHold && <p class="tile-words">On hold</p>}
          {state === 'invited' && <p class="tile-words">Ringing…</p>}
        </div>
      )}
      {presence === 'lost' && <p class="tile-lost">{name} is connecting again…</p>}
      <figcaption class="tile-name">
        {voice?.muted === true && state === 'joined' && <MicOff size={14} aria-label="Muted:" />}
        {name}
      </figcaption>
    </figure>
  );
}
