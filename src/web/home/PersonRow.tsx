import { Phone, Video } from 'lucide-preact';
import type { Callable } from '../../client/index.ts';
import { startCall } from '../call/calls.ts';
import type { Person } from './demo.ts';
import { callableWords } from '../words.ts';
import { Avatar } from '../parts/Avatar.tsx';

interface PersonRowProps {
  readonly person: Person;
  readonly answer: Callable | undefined;
  readonly isDialling: boolean;
}

/** Buttons only for people whom the user may call. For the others, the reason. */
export function PersonRow({ person, answer, isDialling }: PersonRowProps) {
  const { id, name } = person;
  return (
    <li class="person" data-testid={`person-${id}`}>
      <Avatar name={name} />
      <div class="person-words">
        <span class="person-name">{name}</span>
        <span class="person-state">{isDialling ? 'Calling…' : callableWords(answer, name)}</span>
      </div>
      {answer?.callable === true && (
        <div class="person-buttons">
          <button
            type="button"
            class="round"
            data-testid={`call-audio-${id}`}
            aria-label={`Call ${name}`}
            title={`Call ${name}`}
            disabled={isDialling}
            onClick={() => void startCall([id], 'audio')}
          >
            <Phone size={20} aria-hidden="true" />
          </button>
          <button
            type="button"
            class="round round-accent"
            data-testid={`call-video-${id}`}
            aria-label={`Call ${name} with video`}
            title={`Call ${name} with video`}
            disabled={isDialling}
            onClick={() => void startCall([id], 'video')}
          >
            <Video size={20} aria-hidden="true" />
          </button>
        </div>
      )}
    </li>
  );
}
