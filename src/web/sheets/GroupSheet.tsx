import { Phone, Video } from 'lucide-preact';
import { startCall } from '../call/calls.ts';
import { otherPeople, sheet } from '../state.ts';
import { PickPeople } from './PickPeople.tsx';
import { Sheet } from './Sheet.tsx';

export function GroupSheet() {
  const call = (picked: readonly string[], media: 'audio' | 'video') => {
    sheet.value = undefined;
    void startCall(picked, media);
  };
  return (
    <Sheet title="New group call" testId="group-sheet">
      <PickPeople people={otherPeople.value}>
        {(picked) => (
          <div class="row">
            <button
              type="button"
              class="button button-primary with-icon"
              data-testid="group-video"
              disabled={picked.length === 0}
              onClick={() => {
                call(picked, 'video');
              }}
            >
              <Video size={18} aria-hidden="true" />
              Call with video
            </button>
            <button
              type="button"
              class="button with-icon"
              data-testid="group-audio"
              disabled={picked.length === 0}
              onClick={() => {
                call(picked, 'audio');
              }}
            >
              <Phone size={18} aria-hidden="true" />
              Call
            </button>
          </div>
        )}
      </PickPeople>
    </Sheet>
  );
}
