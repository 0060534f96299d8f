/** The whole life of a call through the built server: real Redis, real mediasoup, real WebRTC participants. */
import { describe, expect, test } from '@jest/globals';
import type { Person } from '../../support/participant/person.ts';
import { tracesOfCalls } from '../../support/redis/redis.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { useServer } from '../../support/processes/useServer.ts';
import { waitFor } from '../../support/waitFor.ts';
import { waitForEqual } from '../../support/waitForEqual.ts';

const times = { ringTimeoutMs: 8000, reconnectGraceMs: 4000, emptyTimeoutMs: 2000 };

const suite = useServer({
  VEILCAST_RING_TIMEOUT_MS: String(times.ringTimeoutMs),
  VEILCAST_RECONNECT_GRACE_MS: String(times.reconnectGraceMs),
  VEILCAST_EMPTY_TIMEOUT_MS: String(times.emptyTimeoutMs),
  VEILCAST_ENDED_CALL_TTL_MS: '1000',
});
const { person } = suite;

async function ringing(caller: Person, ...callees: Person[]) {
  const names = [...new Set(callees.map(({ name }) => name))];
  const { call, ticket } = await caller.call(names);
  await caller.join(ticket);
  for (const callee of callees) {
    const incoming = await callee.socket.waitFor('call.incoming', (params) => params.call.id === call.id);
    await callee.join(incoming.ticket);
  }
  return call.id;
}

const ended = (one: Person, callId: string) =>
  one.socket.waitFor('call.changed', ({ call }) => call.id === callId && call.phase === 'ended');

async function talking(...both: readonly Person[]): Promise<void> {
  const before = both.map(({ packets }) => packets);
  await waitFor('media at everybody', () => both.every(({ packets }, index) => packets > (before[index] ?? 0) + 20));
}

/** `/metrics` as a function from a series to its value. */
async function figuresOf({ adminUrl }: ServerProcess): Promise<(series: string) => number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  return (series) => {
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1));
  };
}

describe('the life of a call', () => {
  test('rings warm, is answered by the first device, flows, and ends for both', async () => {
    const [alice, phone, tablet] = [await person('alice'), await person('bob'), await person('bob')];
    const callId = await ringing(alice, phone, tablet);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([alice.packets, phone.packets, tablet.packets]).toEqual([0, 0, 0]);

    const answers = await Promise.allSettled([phone, tablet].map((device) => device.act(callId, 'answer')));
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [winner, loser] = answers[0]?.status === 'fulfilled' ? [phone, tablet] : [tablet, phone];
    expect((await loser.socket.waitFor('session.closed')).why).toBe('answered_elsewhere');
    const heard = await loser.socket.waitFor('call.changed', ({ call }) => call.id === callId);
    expect(heard.call.answeredHere).toBe(false);
    await talking(alice, winner);
    expect(loser.packets).toBe(0);

    await winner.act(callId, 'leave');
    expect((await ended(alice, callId)).call.reason).toBe('hangup');
    expect((await alice.socket.waitFor('session.closed')).why).toBe('call_ended');
    const seqs = alice.socket.heard
      .filter(({ method }) => method === 'call.changed')
      .flatMap(({ params }) => JSON.stringify(params).match(/"seq":\d+/g) ?? []);
    expect(seqs).toEqual([...new Set(seqs)]);
  });

  test('is missed when nobody answers, declined everywhere when one device declines, cancelled by its caller', async () => {
    const [alice, phone, tablet] = [await person('alice'), await person('bob'), await person('bob')];
    const missed = await alice.call(['bob']);
    await alice.join(missed.ticket);
    expect((await ended(alice, missed.call.id)).call.reason).toBe('missed');
    const declined = await ringing(alice, phone, tablet);
    await phone.act(declined, 'decline');
    for (const one of [alice, tablet]) expect((await ended(one, declined)).call.reason).toBe('declined');
    const cancelled = await ringing(alice, phone);
    await alice.act(cancelled, 'cancel');
    expect((await ended(phone, cancelled)).call.reason).toBe('cancelled');
  });

  test('a session resumes after a lost socket within the grace, and media continues meanwhile', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    const callId = await ringing(alice, bob);
    await bob.act(callId, 'answer');
    await talking(alice, bob);
    await bob.socket.close();
    await alice.socket.waitFor('call.changed', ({ call }) =>
      call.participants.some(({ presence }) => presence === 'lost'),
    );
    await talking(alice, bob);
    await bob.reconnect();
    const { sessionId } = bob;
    if (sessionId === undefined) throw new Error('bob has no session');
    const resumed = await bob.socket.ask('resume', { callId, sessionId });
    expect(resumed.call.call.participants.map(({ presence }) => presence)).toEqual(['connected', 'connected']);
    expect(resumed.subscriptions).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, times.reconnectGraceMs + 500));
    await talking(alice, bob);
    await bob.act(callId, 'leave');
  });

  test('a participant who does not come back within the grace has left', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    const callId = await ringing(alice, bob);
    await bob.act(callId, 'answer');
    await talking(alice, bob);
    await bob.socket.close();
    expect((await ended(alice, callId)).call.reason).toBe('connection_lost');
  });

  test('a call whose caller opens no session does not ring for long', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    const { call } = await alice.call(['bob']);
    expect((await ended(bob, call.id)).call.reason).toBe('connection_lost');
  });

  test('a group continues when one leaves, and ends after the last one has waited', async () => {
    const [alice, bob, carol] = [await person('alice'), await person('bob'), await person('carol')];
    const callId = await ringing(alice, bob, carol);
    await bob.act(callId, 'answer');
    await carol.act(callId, 'answer');
    await talking(alice, bob, carol);
    await bob.act(callId, 'leave');
    await talking(alice, carol);
    await carol.act(callId, 'leave');
    expect((await ended(alice, callId)).call.reason).toBe('empty');
  });

  test('a participant who left gets no more events of the call', async () => {
    const [alice, bob, carol] = [await person('alice'), await person('bob'), await person('carol')];
    const callId = await ringing(alice, bob, carol);
    await carol.act(callId, 'decline');
    await carol.socket.waitFor('call.changed', ({ events }) => events.some(({ type }) => type === 'call.declined'));
    const heard = carol.socket.heard.length;
    await bob.act(callId, 'answer');
    await alice.socket.waitFor('call.changed', ({ call }) => call.phase === 'active');
    await alice.act(callId, 'leave');
    await ended(bob, callId);
    expect(carol.socket.heard.slice(heard)).toEqual([]);
  });

  test('missed events can be requested by number', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    const callId = await ringing(alice, bob);
    await bob.act(callId, 'decline');
    await ended(alice, callId);
    const { events } = await alice.socket.ask('events', { callId, after: 0 });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.map(({ type }) => type)).toEqual(['call.ringing', 'call.connected', 'call.declined', 'call.ended']);
    expect(await bob.socket.refusal('events', { callId: 'call_0123456789012345678901', after: 0 })).toBe(
      'call_not_found',
    );
  });

  test('an operator sees the calls, their media and their times', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    const callId = await ringing(alice, bob);
    await bob.act(callId, 'answer');
    await talking(alice, bob);
    const figures = await figuresOf(suite.server);
    expect(figures('veilcast_calls{phase="active"}')).toBeGreaterThanOrEqual(1);
    expect(figures('veilcast_sessions')).toBe(2);
    expect(figures('veilcast_transports')).toBe(4);
    expect(figures('veilcast_producers')).toBe(4);
    expect(figures('veilcast_consumers')).toBe(4);
    expect(figures('veilcast_queue_jobs{state="delayed"}')).toBeGreaterThanOrEqual(1);
    for (const counted of [
      'veilcast_call_set_up_seconds_count',
      'veilcast_session_join_seconds_count',
      'veilcast_call_phase_seconds_count{phase="ringing"}',
      'veilcast_calls_ended_total{reason="missed"}',
      'veilcast_timer_lateness_seconds_count{kind="ring"}',
    ]) {
      expect([counted, figures(counted)]).toEqual([counted, expect.any(Number)]);
      expect(figures(counted)).toBeGreaterThan(0);
    }
    expect(figures('veilcast_media_worker_cpu_seconds_total{worker="0"}')).toBeGreaterThan(0);
    expect(figures('veilcast_event_loop_delay_seconds_count')).toBeGreaterThan(0);
    await bob.act(callId, 'leave');
  });

  test('afterwards Redis holds the keys that it held before', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    const ofCalls = async () => tracesOfCalls(await suite.redis.keys()).filter((key) => key.includes(':call_'));
    await waitForEqual(ofCalls, []);
    const before = tracesOfCalls(await suite.redis.keys());
    const callId = await ringing(alice, bob);
    await bob.act(callId, 'answer');
    await talking(alice, bob);
    expect(tracesOfCalls(await suite.redis.keys())).not.toEqual(before);
    await alice.act(callId, 'end');
    await waitForEqual(async () => tracesOfCalls(await suite.redis.keys()), before);
  });
});
