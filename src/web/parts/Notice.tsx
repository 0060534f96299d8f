import { X } from 'lucide-preact';
import { notice } from '../state.ts';

/** Something failed; everything else continues. */
export function Notice() {
  return (
    <div class="notice-place" role="alert">
      {notice.value !== undefined && (
        <p class="notice" data-testid="notice">
          {notice.value}
          <button
            type="button"
            class="notice-close"
            aria-label="Close this message"
            onClick={() => {
              notice.value = undefined;
            }}
          >
            <X size={18} aria-hidden="true" />
          </button>
        </p>
      )}
    </div>
  );
}
