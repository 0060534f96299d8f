/** The user's actions on calls, and how calls change the page. */
import { isVeilcastError } from '../../client/index.ts';
import type { AnswerOptions, Call } from '../../client/index.ts';
import { batch } from '@preact/signals';
import { sayEnded, tell, withNotice } from '../parts/notices.ts';
import { loadHistory } from '../home/history.ts';
import { refreshCallable } from '../home/people.ts';
import {
  activeSpeaker,
  answering,
  calls,
  client,
  current,
  currentId,
  dialling,
  lastEnded,
  missed,
  quality,
  sheet,
  snapshotOf,
  waiting,
} from '../state.ts';

export async function startCall(personIds: readonly string[], media: 'audio' | 'video'): Promise<void> {
  if (dialling.value !== undefined || client.value === undefined) return;
  dialling.value = personIds[0];
  lastEnded.value = undefined;
  const from = client.value;
  await withNotice(async () => {
    const call = await from.call(personIds, { media });
    if (call.state !== 'ended') currentId.value = call.id;
  });
  dialling.value = undefined;
}

/** Returns to a group call that continues. */
export async function comeBack(call: Call): Promise<void> {
  await withNotice(async () => {
    try {
      const back = await client.value?.rejoin(call.id, { camera: call.media === 'video' });
      if (back !== undefined && back.state !== 'ended') currentId.value = back.id;
    } catch (error) {
      // The others have ended it meanwhile, so there is no call to return to.
      const over = lastEnded.value;
      if (over !== undefined && isVeilcastError(error, 'call_ended')) lastEnded.value = { ...over, ending: 'hangup' };
      throw error;
    }
  });
}

const recordedWithinMs = 500;
/** Drawing another screen would delay the camera. So the screen comes after it, too soon for a person to notice. */
const cameraFirstMs = 40;

/** Puts the user's current call on hold, or cancels one that they are making. */
export async function accept(call: Call, options?: AnswerOptions): Promise<void> {
  const aside = setAside();
  answering.value = call.id;
  const answered = call.answer(options);
  setTimeout(() => {
    batch(() => {
      answering.value = undefined;
      refresh(call);
      currentId.value = call.id;
      lastEnded.value = undefined;
      missed.value = undefined;
    });
  }, cameraFirstMs);
  await withNotice(() => Promise.all([answered, aside]));
}

/** Resumes a call that is on hold, and puts the current one on hold. */
export async function switchTo(call: Call): Promise<void> {
  const aside = setAside();
  currentId.value = call.id;
  await withNotice(() => Promise.all([aside, call.unhold()]));
}

/** Closes its devices at once, so that the next call can open them. */
async function setAside(): Promise<void> {
  const before = current.value?.call;
  if (before === undefined) return;
  await (before.state === 'active' ? before.hold() : before.leave());
}

export async function decline(call: Call): Promise<void> {
  await withNotice(() => call.decline());
}

export async function hangUp(call: Call): Promise<void> {
  const giveUp = call.state === 'ringing' && call.direction === 'outgoing';
  await withNotice(() => (giveUp ? call.cancel() : call.leave()));
}

export function followCall(call: Call): void {
  if (calls.value.some(({ id }) => id === call.id)) return;
  calls.value = [...calls.value, snapshotOf(call)];
  lastEnded.value = undefined;
  // Resumed after a reload. A call on hold is shown only if there is no other: elsewhere nobody could resume it.
  const isOwn = call.direction === 'outgoing' || call.state === 'active';
  if (isOwn && (!call.onHold || current.value === undefined)) currentId.value = call.id;
  call.on('changed', () => {
    // Changes between an answer and the next screen are drawn with that screen.
    if (answering.value === call.id) return;
    refresh(call);
  });
  call.on('problem', tell);
  call.on('quality', (measured) => {
    if (call.id === currentId.value) quality.value = measured;
  });
  call.on('speakers', ({ active }) => {
    if (call.id === currentId.value) activeSpeaker.value = active;
  });
  call.once('ended', () => {
    ended(call);
  });
}

function ended(call: Call): void {
  batch(() => {
    // A call that rang beside another one ends without taking the screen.
    const tookPart = call.direction === 'outgoing' || call.answeredAt !== undefined;
    const [next] = waiting.value;
    if (currentId.value === call.id && tookPart) lastEnded.value = next === undefined ? snapshotOf(call) : undefined;
    else if (call.ending === 'missed' || call.ending === 'cancelled') missed.value = snapshotOf(call);
    if (call.ending === 'answered_elsewhere') sayEnded(snapshotOf(call));
    calls.value = calls.value.filter(({ id }) => id !== call.id);
    if (currentId.value === call.id) {
      currentId.value = next?.id;
      quality.value = undefined;
      activeSpeaker.value = null;
      sheet.value = undefined;
    }
  });
  void refreshCallable();
  // The record is written right after the end of the call.
  setTimeout(() => void loadHistory(), recordedWithinMs);
}

function refresh(call: Call): void {
  calls.value = calls.value.map((one) => (one.id === call.id ? snapshotOf(call) : one));
}
