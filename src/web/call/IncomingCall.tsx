import { Mic, Phone, PhoneOff, Video } from 'lucide-preact';
import { useEffect, useRef } from 'preact/hooks';
import { accept, decline } from './calls.ts';
import { startRinging } from './ringing.ts';
import { current, nameOf } from '../state.ts';
import type { CallSnapshot } from '../state.ts';
import { namesWords } from '../words.ts';
import { Avatar } from '../parts/Avatar.tsx';

export function IncomingCall({ call }: { call: CallSnapshot }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // Do not focus a button: a key meant for something else must not open the camera.
    dialog.current?.focus();
    return startRinging('incoming');
  }, []);
  const name = nameOf(call.caller);
  const isVideo = call.media === 'video';
  const talking = current.value?.state === 'active' ? current.value : undefined;
  return (
    <dialog
      ref={dialog}
      class="incoming"
      data-testid="incoming"
      tabIndex={-1}
      aria-labelledby="incoming-title"
      aria-describedby="incoming-words"
      onCancel={(event) => {
        // Declining stops all devices and cannot be undone, so a stray Escape must not do it.
        event.preventDefault();
      }}
      onClose={() => {
        // The browser closes the dialog at a second Escape (or Android's back) in any case. Open it again: only a
        // button ends the ringing.
        dialog.current?.showModal();
        dialog.current?.focus();
      }}
    >
      <span class="incoming-avatar">
        <Avatar name={name} size="large" />
      </span>
      <h1 id="incoming-title">{name}</h1>
      <p id="incoming-words" class="incoming-words" role="status">
        {callingWords(call)}
        {talking && `. Accepting puts ${namesWords(talking.others.map(({ userId }) => nameOf(userId)))} on hold`}
      </p>
      <div class="incoming-buttons">
        <IncomingButtons call={call} isVideo={isVideo} />
      </div>
      {current.value === undefined && <p class="fine">Your camera and microphone are off until you accept.</p>}
    </dialog>
  );
}

function callingWords({ media, caller, others }: CallSnapshot): string {
  const beside = others.filter(({ userId, state }) => userId !== caller && state !== 'gone');
  const how = media === 'video' ? 'calls you with video' : 'calls you';
  if (beside.length === 0) return how;
  return `${how}, together with ${namesWords(beside.map(({ userId }) => nameOf(userId)))}`;
}

function IncomingButtons({ call, isVideo }: { call: CallSnapshot; isVideo: boolean }) {
  const isTalking = current.value?.state === 'active';
  return (
    <>
      <button type="button" class="answer answer-accept" data-testid="accept" onClick={() => void accept(call.call)}>
        {isVideo ? <Video size={22} aria-hidden="true" /> : <Phone size={22} aria-hidden="true" />}
        {isTalking ? 'Hold and accept' : 'Accept'}
      </button>
      {isVideo && (
        <button
          type="button"
          class="answer"
          data-testid="accept-audio"
          onClick={() => void accept(call.call, { camera: false })}
        >
          <Mic size={22} aria-hidden="true" />
          Accept without camera
        </button>
      )}
      <button type="button" class="answer answer-decline" data-testid="decline" onClick={() => void decline(call.call)}>
        <PhoneOff size={22} aria-hidden="true" />
        Decline
      </button>
    </>
  );
}
