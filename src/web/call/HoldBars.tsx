import { Pause } from 'lucide-preact';
import { switchTo } from './calls.ts';
import { withNotice } from '../parts/notices.ts';
import { nameOf, waiting } from '../state.ts';
import type { CallSnapshot } from '../state.ts';
import { namesWords } from '../words.ts';

/** Shows what is on hold: this call, or others. */
export function HoldBars({ call }: { call: CallSnapshot }) {
  return (
    <>
      {call.onHold && (
        <p class="banner hold" role="status" data-testid="on-hold">
          <Pause size={18} aria-hidden="true" />
          <span>On hold. Nobody hears or sees you.</span>
          <button
            type="button"
            class="hold-button"
            data-testid="unhold"
            onClick={() => void withNotice(() => call.call.unhold())}
          >
            Resume
          </button>
        </p>
      )}
      {waiting.value.map((other) => (
        <p key={other.id} class="banner hold" role="status" data-testid="waiting">
          <Pause size={18} aria-hidden="true" />
          <span>{namesWords(other.others.map(({ userId }) => nameOf(userId)))} on hold</span>
          <button type="button" class="hold-button" data-testid="switch-call" onClick={() => void switchTo(other.call)}>
            Switch
          </button>
        </p>
      ))}
    </>
  );
}
