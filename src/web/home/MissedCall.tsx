import { PhoneMissed, X } from 'lucide-preact';
import { missed, nameOf } from '../state.ts';
import type { CallSnapshot } from '../state.ts';
import { endingWords } from '../words.ts';

/** A call that was not answered here does not take the screen either. */
export function MissedCall({ call }: { call: CallSnapshot }) {
  const others = nameOf(call.caller);
  return (
    <p class="banner missed" role="status" data-testid="missed-call">
      <PhoneMissed size={18} aria-hidden="true" />
      <span>{endingWords({ ending: call.ending ?? 'missed', direction: 'incoming', others })}</span>
      <button
        type="button"
        class="notice-close"
        aria-label="Close this message"
        onClick={() => {
          missed.value = undefined;
        }}
      >
        <X size={18} aria-hidden="true" />
      </button>
    </p>
  );
}
