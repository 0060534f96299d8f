import type { Participant, RemoteTrack } from '../../client/index.ts';
import type { CallSnapshot } from '../state.ts';
import { Tile } from './Tile.tsx';
import { StreamVideo } from './StreamVideo.tsx';
import { nameOf } from '../state.ts';

/** Everybody else who has not left. A shared screen takes the middle. */
export function Stage({ call }: { call: CallSnapshot }) {
  const here = call.others.filter(({ state }) => state !== 'gone');
  const screens = here.flatMap(({ tracks }) => tracks.filter(({ source }) => source === 'screen'));
  return (
    <div class={screens.length > 0 ? 'stage stage-screen' : 'stage'} data-count={here.length}>
      {screens.map((track) => (
        <Screen key={track.id} track={track} />
      ))}
      <div class="tiles" data-count={Math.min(here.length, 9)}>
        {here.map((participant: Participant) => (
          <Tile key={participant.userId} participant={participant} isRinging={call.state === 'ringing'} />
        ))}
        {here.length === 0 && <p class="tile-words">Everybody else has left.</p>}
      </div>
    </div>
  );
}

function Screen({ track }: { track: RemoteTrack }) {
  return (
    <figure class="screen">
      <StreamVideo stream={track.stream} testId="remote-screen" userId={track.userId} />
      <figcaption class="tile-name">{nameOf(track.userId)} shares a screen</figcaption>
    </figure>
  );
}
