import { changeSettings } from './settings.ts';
import { settings, sheet } from '../state.ts';
import { audienceWords } from '../words.ts';

/** If calling is off, that comes first, with what it means. If it is on, the card says who can call. */
export function CallingCard() {
  const current = settings.value;
  if (current === undefined) {
    return (
      <section class="calling" aria-busy="true">
        <p class="calling-title">Connecting…</p>
      </section>
    );
  }
  const { callingOn: on } = current;
  return (
    <section class={on ? 'calling calling-on' : 'calling calling-off'} aria-live="polite">
      <div>
        <p class="calling-title">{on ? 'Calling is on.' : 'Calling is off.'}</p>
        <p class="calling-words" data-testid="calling-words">
          {on
            ? audienceWords(current.audiences)
            : 'Nobody can call you and you can call nobody. Switch it on, and you choose who may.'}
        </p>
      </div>
      <div class="calling-buttons">
        {on && (
          <button
            type="button"
            class="button"
            data-testid="open-settings"
            onClick={() => {
              sheet.value = 'settings';
            }}
          >
            Who can call me
          </button>
        )}
        <button
          type="button"
          class={on ? 'button button-quiet' : 'button button-primary'}
          data-testid="calling-switch"
          aria-pressed={on}
          onClick={() => void changeSettings({ callingOn: !on })}
        >
          {on ? 'Switch calling off' : 'Switch calling on'}
        </button>
      </div>
    </section>
  );
}
