import { MicOff, UserMinus } from 'lucide-preact';
import type { Participant } from '../../client/index.ts';
import { withNotice } from '../parts/notices.ts';
import { nameOf, otherPeople } from '../state.ts';
import type { CallSnapshot } from '../state.ts';
import { participantWords } from '../words.ts';
import { Avatar } from '../parts/Avatar.tsx';
import { PickPeople } from './PickPeople.tsx';
import { Sheet } from './Sheet.tsx';

/** The participants, what the host may do to them, and whom else to invite. */
export function PeopleSheet({ call }: { call: CallSnapshot }) {
  const present = call.others.filter(({ state }) => state !== 'gone');
  const absent = otherPeople.value.filter(({ id }) => present.every(({ userId }) => userId !== id));
  return (
    <Sheet title="People in this call" testId="people-sheet">
      <ul class="people">
        {present.map((one) => (
          <Present key={one.userId} call={call} participant={one} />
        ))}
      </ul>
      {absent.length > 0 && (
        <>
          <h3>Ask others in</h3>
          <PickPeople people={absent}>
            {(picked) => (
              <button
                type="button"
                class="button button-primary"
                data-testid="invite"
                disabled={picked.length === 0}
                onClick={() => void withNotice(() => call.call.invite(picked))}
              >
                {picked.length > 1 ? `Ask ${picked.length} people in` : 'Ask in'}
              </button>
            )}
          </PickPeople>
        </>
      )}
    </Sheet>
  );
}

function Present({ call, participant }: { call: CallSnapshot; participant: Participant }) {
  const { userId, state, tracks } = participant;
  const name = nameOf(userId);
  const isHeard = tracks.some(({ source, muted }) => source === 'microphone' && !muted);
  return (
    <li class="person" data-testid={`present-${userId}`}>
      <Avatar name={name} />
      <span class="person-words">
        <span class="person-name">{name}</span>
        <span class="person-state">{participantWords(participant)}</span>
      </span>
      {call.isHost && (
        <span class="person-buttons">
          {state === 'joined' && isHeard && (
            <button
              type="button"
              class="round"
              data-testid={`mute-${userId}`}
              aria-label={`Mute ${name}`}
              title={`Mute ${name}`}
              onClick={() => void withNotice(() => call.call.mute(userId))}
            >
              <MicOff size={20} aria-hidden="true" />
            </button>
          )}
          <button
            type="button"
            class="round round-danger"
            data-testid={`remove-${userId}`}
            aria-label={`Remove ${name} from the call`}
            title={`Remove ${name} from the call`}
            onClick={() => void withNotice(() => call.call.remove(userId))}
          >
            <UserMinus size={20} aria-hidden="true" />
          </button>
        </span>
      )}
    </li>
  );
}
