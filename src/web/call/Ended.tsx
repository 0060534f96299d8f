import { useEffect, useRef } from 'preact/hooks';
import { comeBack, startCall } from './calls.ts';
import { callable, lastEnded, nameOf } from '../state.ts';
import type { CallSnapshot } from '../state.ts';
import { durationWords, endingWords, namesWords } from '../words.ts';
import { Avatar } from '../parts/Avatar.tsx';

export function Ended({ call }: { call: CallSnapshot }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    title.current?.focus();
  }, []);
  const others = call.others.map(({ userId }) => userId);
  const names = namesWords(others.map(nameOf));
  const mayCallAgain =
    call.ending !== 'left' && others.length > 0 && others.every((id) => callable.value.get(id)?.callable === true);
  return (
    <main class="page page-narrow ended">
      <Avatar name={names} size="large" />
      <h1 ref={title} tabIndex={-1}>
        {names}
      </h1>
      <p class="lead" role="status" data-testid="ended-reason" data-reason={call.ending}>
        {endingWords({ ending: call.ending ?? 'hangup', direction: call.direction, others: names })}
      </p>
      <Duration call={call} />
      <div class="row">
        {call.ending === 'left' && (
          <button
            type="button"
            class="button button-primary"
            data-testid="come-back"
            onClick={() => void comeBack(call.call)}
          >
            Come back
          </button>
        )}
        {mayCallAgain && (
          <button
            type="button"
            class="button button-primary"
            data-testid="call-again"
            onClick={() => void startCall(others, call.media)}
          >
            Call again
          </button>
        )}
        <button
          type="button"
          class="button"
          data-testid="ended-close"
          onClick={() => {
            lastEnded.value = undefined;
          }}
        >
          Close
        </button>
      </div>
    </main>
  );
}

function Duration({ call }: { call: CallSnapshot }) {
  if (call.answeredAt === undefined || call.endedAt === undefined) return null;
  return <p class="fine">It lasted {durationWords(call.endedAt - call.answeredAt)}.</p>;
}
