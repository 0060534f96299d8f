/** Facts about calls: numbered without a gap, heard once, and nobody answers twice. */
import { maxEvents } from '../../../src/domain/call/events.ts';
import type { DiaryEntry } from '../clients/diary.ts';
import type { StoredCall, Truth, Violation } from './evidence.ts';

export function storedGaps({ calls }: Truth): readonly Violation[] {
  return calls.flatMap(({ id, lastEvent, events }): Violation[] => {
    const numbers = events.map(({ seq }) => seq);
    // Of a long call the newest are kept.
    const first = Math.max(1, lastEvent - maxEvents + 1);
    const expected = Array.from({ length: lastEvent - first + 1 }, (_, index) => first + index);
    if (numbers.join() === expected.join()) return [];
    const wrong = [
      ...expected.filter((seq) => !numbers.includes(seq)),
      ...numbers.filter((seq) => !expected.includes(seq)),
    ];
    const what = `${id} should have events ${first} to ${lastEvent}, and has ${numbers.length}; missing or too many: `;
    return [{ rule: 'event gap', what: what + wrong.slice(0, 20).join() }];
  });
}

/** By the facts of each call, and by what devices were told that they had done. */
export function doubleAnswers({ calls }: Truth, diary: readonly DiaryEntry[]): readonly Violation[] {
  return [...calls.flatMap(answeredTwice), ...answeredByTwo(diary)];
}

function answeredTwice({ id, events }: StoredCall): readonly Violation[] {
  const by = events.filter(({ type }) => type === 'call.answered').map(({ userId }) => userId ?? '');
  return repeated(by).map((userId) => ({ rule: 'double answer', what: `${userId} answered ${id} twice` }));
}

function answeredByTwo(diary: readonly DiaryEntry[]): readonly Violation[] {
  const devices = new Map<string, Set<string>>();
  for (const entry of diary) {
    if (entry.kind !== 'answered') continue;
    const key = `${entry.userId} in ${entry.callId}`;
    devices.set(key, (devices.get(key) ?? new Set()).add(entry.deviceId));
  }
  return [...devices]
    .filter(([, all]) => all.size > 1)
    .map(([key, { size }]) => ({
      rule: 'double answer',
      what: `${size} devices of ${key} were told that they have it`,
    }));
}

/**
 * Each device hears each event once. It may miss some while its socket or the store is away, and is then told how the
 * call stands, with the number of the newest event: a number that follows on none that it knows is a gap. Who has left
 * is told nothing until they are back, which makes one gap.
 */
export function heardWrongly(diary: readonly DiaryEntry[]): readonly Violation[] {
  const found: Violation[] = [];
  const heard = new Map<string, { newest: number; away?: boolean; readonly numbers: Set<number> }>();
  for (const entry of diary) {
    if (entry.kind === 'hello') {
      for (const call of entry.calls) know(call.callId, entry, call.lastEvent);
    } else if (entry.kind === 'left') {
      const known = heard.get(keyOf(entry.callId, entry));
      if (known !== undefined) known.away = true;
    } else if (entry.kind === 'rang') know(entry.call.callId, entry, entry.call.lastEvent);
    else if (entry.kind === 'told') {
      const { call, events } = entry;
      const key = keyOf(call.callId, entry);
      const known = heard.get(key) ?? { newest: call.lastEvent - events.length, numbers: new Set<number>() };
      heard.set(key, known);
      for (const seq of events) {
        if (known.numbers.has(seq)) found.push({ rule: 'event heard twice', what: `${key}: ${seq}` });
        else if (seq > known.newest + 1) {
          if (known.away === true) known.away = false;
          else found.push({ rule: 'event not heard', what: `${key}: ${seq} after ${known.newest}` });
        }
        known.numbers.add(seq);
        known.newest = Math.max(known.newest, seq);
      }
      known.newest = Math.max(known.newest, call.lastEvent);
    }
  }
  return found;

  function know(callId: string, entry: DiaryEntry, lastEvent: number): void {
    const key = keyOf(callId, entry);
    const known = heard.get(key) ?? { newest: 0, numbers: new Set<number>() };
    known.newest = Math.max(known.newest, lastEvent);
    heard.set(key, known);
  }
}

/** What each device was last told of a call that it is in is how the call stands. */
export function notUpToDate({ calls }: Truth, diary: readonly DiaryEntry[]): readonly Violation[] {
  const last = new Map<string, number>();
  for (const entry of diary) {
    const told =
      entry.kind === 'hello' ? entry.calls : entry.kind === 'rang' || entry.kind === 'told' ? [entry.call] : [];
    for (const { callId, lastEvent } of told) {
      const key = `${callId} ${entry.userId}`;
      last.set(key, Math.max(last.get(key) ?? 0, lastEvent));
    }
  }
  return calls.flatMap(({ id, lastEvent, participants }) =>
    participants.flatMap(({ userId, state }): Violation[] => {
      const known = last.get(`${id} ${userId}`);
      if (state === 'gone' || known === lastEvent || known === undefined) return [];
      return [{ rule: 'not up to date', what: `${userId} knows ${id} up to event ${known} of ${lastEvent}` }];
    }),
  );
}

const keyOf = (callId: string, { userId, deviceId }: DiaryEntry): string => `${callId} at ${userId}'s ${deviceId}`;

export function repeated(values: readonly string[]): readonly string[] {
  const [seen, again] = [new Set<string>(), new Set<string>()];
  for (const value of values) (seen.has(value) ? again : seen).add(value);
  return [...again];
}
