/** A judge that lets a violation pass is worth nothing: each kind is planted, and must be found. */
import { expect, test } from '@jest/globals';
import { maxEvents } from '../../../src/domain/call/events.ts';
import type { DiaryEntry, Note } from '../../chaos/clients/diary.ts';
import type { Evidence, StoredCall, Truth, Violation } from '../../chaos/judge/evidence.ts';
import { distinct, duplicatesIn, judge } from '../../chaos/judge/judge.ts';
import { grown, leftBehind } from '../../chaos/judge/state.ts';

const call: StoredCall = {
  id: 'call_one',
  phase: 'active',
  nodeId: 'node_one',
  lastEvent: 3,
  participants: [
    { userId: 'alice', state: 'joined', presence: 'connected' },
    { userId: 'bob', state: 'joined', presence: 'connected' },
  ],
  events: [
    { seq: 1, type: 'call.ringing', userId: 'alice' },
    { seq: 2, type: 'call.answered', userId: 'bob' },
    { seq: 3, type: 'call.connected', userId: 'alice' },
  ],
};
const truth: Truth = {
  calls: [call],
  alive: ['node_one', 'node_two'],
  byNode: new Map([['node_one', ['call_one']]]),
  ringing: [],
  active: ['call_one'],
};
const figures = { broadcasts: 1, sessions: 2, transports: 4, producers: 2, consumers: 2 };
const nothing = { broadcasts: 0, sessions: 0, transports: 0, producers: 0, consumers: 0 };
const told = (lastEvent: number) => ({ callId: 'call_one', phase: 'active', lastEvent });

let at = 0;
const by = (userId: string, deviceId: string, note: Note): DiaryEntry => {
  at += 1;
  return { at, userId, deviceId, socket: 1, ...note };
};
const bob = (note: Note) => by('bob', 'phone', note);
const diary: readonly DiaryEntry[] = [
  bob({ kind: 'hello', calls: [] }),
  bob({ kind: 'rang', call: told(1) }),
  bob({ kind: 'answered', callId: 'call_one' }),
  bob({ kind: 'told', call: told(2), events: [2] }),
  bob({ kind: 'told', call: told(3), events: [3] }),
  by('alice', 'laptop', { kind: 'told', call: told(1), events: [1] }),
  by('alice', 'laptop', { kind: 'socketLost' }),
  by('alice', 'laptop', { kind: 'hello', calls: [told(3)] }),
];
const hook = (seq: number) => ({ id: `msg_${seq}`, callId: 'call_one', seq });
const good: Evidence = {
  diary,
  truth,
  hooks: [hook(1), hook(2), hook(3)],
  nodes: [
    { name: 'node1', nodeId: 'node_one', figures },
    { name: 'node2', nodeId: 'node_two', figures: nothing },
  ],
};
const withCall = (changes: Partial<StoredCall>): Evidence => ({
  ...good,
  truth: { ...truth, calls: [{ ...call, ...changes }] },
});
const withTruth = (changes: Partial<Truth>): Evidence => ({ ...good, truth: { ...truth, ...changes } });
const withDiary = (...more: readonly DiaryEntry[]): Evidence => ({ ...good, diary: [...diary, ...more] });
const rulesOf = (violations: readonly Violation[]) => [...new Set(violations.map(({ rule }) => rule))];

test('a call without problems causes no violation, even across a lost socket', () => {
  expect(judge(good)).toEqual([]);
});

test('for a long call the newest events are enough', () => {
  const events = Array.from({ length: maxEvents }, (_, index) => ({ seq: index + 5, type: 'call.held' }));
  const long = withCall({ lastEvent: maxEvents + 4, events });
  expect(rulesOf(judge(long))).not.toContain('event gap');
  expect(rulesOf(judge(withCall({ lastEvent: maxEvents + 5, events })))).toContain('event gap');
});

test.each<[string, string, Evidence]>([
  ['a call of a dead node', 'no owner', withTruth({ alive: ['node_two'] })],
  [
    'a broadcast without a call on its node',
    'orphan broadcast',
    { ...good, nodes: [{ name: 'node2', nodeId: 'node_two', figures }] },
  ],
  ['a call missing in the index of its node', 'index differs', withTruth({ byNode: new Map() })],
  ['an index entry without a call', 'index differs', withTruth({ ringing: ['call_gone'] })],
  [
    'two answers of one user among the events',
    'double answer',
    withCall({ lastEvent: 4, events: [...call.events, { seq: 4, type: 'call.answered', userId: 'bob' }] }),
  ],
  [
    'two devices that were both told they have the call',
    'double answer',
    withDiary(by('bob', 'laptop', { kind: 'answered', callId: 'call_one' })),
  ],
  ['a missing event number', 'event gap', withCall({ events: call.events.slice(1) })],
  ['a duplicate event', 'event gap', withCall({ events: [...call.events, { seq: 3, type: 'call.held' }] })],
  ['a notification received twice', 'event heard twice', withDiary(bob({ kind: 'told', call: told(3), events: [3] }))],
  [
    'a notification that never arrived',
    'event not heard',
    withDiary(bob({ kind: 'told', call: told(5), events: [5] })),
  ],
  ['a second ring on one device', 'rang twice', withDiary(bob({ kind: 'rang', call: told(3) }))],
  ['a webhook received twice', 'webhook twice', { ...good, hooks: [...good.hooks, hook(3)] }],
  [
    'one event in two webhooks with different ids',
    'webhook twice',
    { ...good, hooks: [...good.hooks, { ...hook(3), id: 'msg_other' }] },
  ],
  ['webhooks out of order', 'webhook out of order', { ...good, hooks: [hook(1), hook(3), hook(2)] }],
  ['an event without a webhook', 'webhook missing', { ...good, hooks: [hook(1), hook(2)] }],
  [
    'a device without the current state of its call',
    'not up to date',
    { ...good, diary: diary.filter(({ kind, userId }) => userId !== 'bob' || kind !== 'told') },
  ],
])('finds %s', (_, rule, evidence) => {
  expect(rulesOf(judge(evidence))).toContain(rule);
});

test('requires no webhooks from a store that was lost', () => {
  expect(judge({ ...good, hooks: [hook(1)] }, { storeWasLost: true })).toEqual([]);
});

test('a device that learned of a call in its hello may get the next event after the gap', () => {
  const back = [bob({ kind: 'hello', calls: [told(5)] }), bob({ kind: 'told', call: told(6), events: [6] })];
  expect(rulesOf(judge(withDiary(...back)))).not.toContain('event not heard');
});

test('a participant who left may miss events until they return, and none after that', () => {
  const back = [bob({ kind: 'left', callId: 'call_one' }), bob({ kind: 'told', call: told(6), events: [6] })];
  expect(rulesOf(judge(withDiary(...back)))).not.toContain('event not heard');
  const later = bob({ kind: 'told', call: told(9), events: [9] });
  expect(rulesOf(judge(withDiary(...back, later)))).toContain('event not heard');
});

test('finds what is left open at the end', () => {
  expect(leftBehind(good.nodes)).toHaveLength(5);
  expect(leftBehind([{ name: 'node2', nodeId: 'node_two', figures: nothing }])).toEqual([]);
});

test('finds a process that grew', () => {
  const before = { heapBytes: 50e6, openFiles: 40, handles: 20 };
  expect(grown('node1', before, { heapBytes: 60e6, openFiles: 45, handles: 22 })).toEqual([]);
  const after = { heapBytes: 300e6, openFiles: 400, handles: 200 };
  expect(grown('node1', before, after).map(({ what }) => what.split(' ')[1])).toEqual([
    'heapBytes',
    'openFiles',
    'handles',
  ]);
});

test('counts duplicates, each once', () => {
  const twice = withDiary(bob({ kind: 'rang', call: told(3) }), bob({ kind: 'told', call: told(3), events: [3] }));
  const found = judge(twice);
  expect(duplicatesIn(found)).toBe(2);
  expect(distinct([...found, ...found])).toEqual(distinct(found));
});
