/** Leaks at the operator: really written to its Redis, sent to its receiver of webhooks, or said where its processes write. */
import { request } from '../../support/participant/person.ts';
import { bytesOf } from '../judge/needles.ts';
import { homeOf, secondHomeOf } from '../stage/people.ts';
import type { Client } from '../stage/people.ts';
import { inEvidence } from './seed.ts';
import type { Seed } from './seed.ts';
import type { Stage } from '../stage/stage.ts';

const inRedis = 'keys and values in Redis';
const holder = 'operator';

export async function plantAtOperator(stage: Stage): Promise<readonly Seed[]> {
  await plantInRedis(stage);
  const { evidence, webhooks } = stage;
  await request(webhooks.url, {
    method: 'POST',
    headers: { 'webhook-id': 'planted', 'x-forwarded-for': homeOf('carol').v4 },
    body: { type: 'call.ended', timestamp: new Date().toISOString(), data: { callId: 'planted', seq: 1 } },
  });
  const [logs, api] = ['logs of the server and its workers', 'answers of the API to the app’s backend'];
  evidence.add({ holder, what: logs }, `{"level":"debug","msg":"a socket opened","peer":"::ffff:${homeOf('bob').v4}"}`);
  evidence.add({ holder, what: 'log of Redis' }, `1:M 23 Nov 2026 * Accepted ${homeOf('alice').v6}:50000`);
  evidence.addOnce({ holder, what: 'metrics' }, `veilcast_sockets{peer="${secondHomeOf('bob').v4}"} 1`);
  const base64 = Buffer.from(`peer=${homeOf('alice').v4};`).toString('base64');
  evidence.addOnce({ holder, what: api }, JSON.stringify({ calls: [{ id: 'call_x', cursor: base64 }] }));
  return seeds(logs, api);
}

function seeds(logs: string, api: string): readonly Seed[] {
  const kept = (what: string, place: string, owner: Client) => inEvidence(what, { holder, what: place, owner });
  return [
    kept('Alice’s address in the name of a key of Redis', inRedis, 'alice'),
    kept('Bob’s address in binary in a hash of Redis', inRedis, 'bob'),
    kept('Carol’s address in hex in a stream of Redis', inRedis, 'carol'),
    kept('Bob’s address in a failed job of BullMQ', 'failed jobs in Redis', 'bob'),
    kept('Carol’s address in a header of a webhook', 'webhooks', 'carol'),
    kept('Bob’s address, mapped into IPv6, in a log line', logs, 'bob'),
    kept('Alice’s address in the log of Redis', 'log of Redis', 'alice'),
    kept('Bob’s address in a label of a metric', 'metrics', 'bob'),
    kept('Alice’s address in base64 in an answer of the API', api, 'alice'),
  ];
}

/** Read back by the operator's own look at Redis. */
async function plantInRedis({ redis, operator }: Stage): Promise<void> {
  const client = await redis.look();
  const planted = ['planted:hash', 'planted:stream', 'planted:failed', `planted:${homeOf('alice').v4}`];
  try {
    await client.set(planted[3] ?? '', '1');
    await client.hSet('planted:hash', 'peer', bytesOf(homeOf('bob').v4));
    await client.xAdd('planted:stream', '*', { peer: bytesOf(homeOf('carol').v6).toString('hex') });
    await client.zAdd('planted:failed', { score: 1, value: `connect ECONNREFUSED ${homeOf('bob').v4}:443` });
    await operator.sample();
  } finally {
    await client.del(planted);
    client.destroy();
  }
}
