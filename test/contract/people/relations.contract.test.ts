/** What every Relations and every RingLedgers must do. */
import { describe, expect, test } from '@jest/globals';
import { MemoryRelations } from '../../../src/adapters/memory/memoryRelations.ts';
import { MemoryRingLedgers } from '../../../src/adapters/memory/memoryRingLedgers.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisRelations } from '../../../src/adapters/redis/people/redisRelations.ts';
import { RedisRingLedgers } from '../../../src/adapters/redis/people/redisRingLedgers.ts';
import type { RelationKind } from '../../../src/domain/people/relations.ts';
import type { Relations } from '../../../src/ports/people/relations.ts';
import type { RingLedgers } from '../../../src/ports/people/ringLedgers.ts';
import { maxAtOnce } from '../../../src/protocol/http/http.ts';
import { randomPrefix } from '../../support/redis/redis.ts';
import { useRedis } from '../../support/redis/useRedis.ts';

const redis = useRedis();
const prefix = randomPrefix();
const keys = redisKeys(prefix);

const nothing = {
  callerBlocksCallee: false,
  calleeBlocksCaller: false,
  calleeFollowsCaller: false,
  callerInAddressBook: false,
  calleeWroteToCaller: false,
  calleeAcceptedRequest: false,
};
const all = { limit: maxAtOnce };
const that = (from: string, kind: RelationKind, to: string, holds = true) => ({ from, kind, to, holds });

function relationsContract(make: (options?: { most: number }) => Relations): void {
  test('a list comes in pages and ends at its limit', async () => {
    const relations = make({ most: 7 });
    const followed = ['a', 'a:b', 'auth0|1', 'b', 'c', 'd d', 'é'];
    await relations.change(followed.map((to) => that('bob', 'follows', to)));
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await relations.of('bob', 'follows', { limit: 3, after });
      seen.push(...page.userIds);
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(followed);
    const full = { code: 'too_many_relations' };
    await expect(relations.change([that('bob', 'follows', 'zoe')])).rejects.toMatchObject(full);
    await relations.change([that('bob', 'follows', 'a'), that('bob', 'wrote_to', 'zoe')]);
    await relations.change([that('bob', 'follows', 'a', false)]);
    await relations.change([that('bob', 'follows', 'zoe')]);
    for (const id of ['bob', 'zoe', ...followed]) await relations.forget(id);
  });

  test.each([
    [that('bob', 'follows', 'alice'), 'calleeFollowsCaller'],
    [that('bob', 'address_book', 'alice'), 'callerInAddressBook'],
    [that('bob', 'wrote_to', 'alice'), 'calleeWroteToCaller'],
    [that('bob', 'accepted', 'alice'), 'calleeAcceptedRequest'],
    [that('bob', 'blocks', 'alice'), 'calleeBlocksCaller'],
    [that('alice', 'blocks', 'bob'), 'callerBlocksCallee'],
  ] as const)('%j is seen as %s until it is removed', async (relation, fact) => {
    const relations = make();
    await relations.change([relation, relation]);
    expect(await relations.between('alice', ['carol', 'bob'])).toEqual([nothing, { ...nothing, [fact]: true }]);
    await relations.change([{ ...relation, holds: false }]);
    expect(await relations.between('alice', ['bob'])).toEqual([nothing]);
    await relations.forget('alice');
    await relations.forget('bob');
  });

  test('the direction matters: a relation from the caller to the callee admits nobody', async () => {
    const relations = make();
    const kinds = ['follows', 'address_book', 'wrote_to', 'accepted'] as const;
    await relations.change(kinds.map((kind) => that('alice', kind, 'bob')));
    expect(await relations.between('alice', ['bob'])).toEqual([nothing]);
    expect((await relations.of('alice', 'follows', all)).userIds).toEqual(['bob']);
    await relations.forget('alice');
    expect((await relations.of('alice', 'follows', all)).userIds).toEqual([]);
  });

  test('blocks among many are found in both directions until they are removed', async () => {
    const relations = make();
    const others = ['bob', 'carol', 'dan'];
    expect(await relations.blocksBetween('alice', others)).toEqual([]);
    expect(await relations.blocksBetween('alice', [])).toEqual([]);
    const blocks = [that('alice', 'blocks', 'carol'), that('dan', 'blocks', 'alice'), that('bob', 'blocks', 'dan')];
    await relations.change([...blocks, that('bob', 'follows', 'alice'), that('erin', 'blocks', 'alice')]);
    const found = [
      { blocker: 'dan', target: 'alice' },
      { blocker: 'alice', target: 'carol' },
    ];
    expect(await relations.blocksBetween('alice', others)).toEqual(found);
    await relations.change(blocks.map((block) => ({ ...block, holds: false })));
    expect(await relations.blocksBetween('alice', others)).toEqual([]);
    expect(await relations.blocksBetween('alice', ['erin'])).toEqual([{ blocker: 'erin', target: 'alice' }]);
    await relations.forget('erin');
    expect(await relations.blocksBetween('alice', ['erin'])).toEqual([]);
    for (const id of ['alice', ...others]) await relations.forget(id);
  });

  test('changes are applied in their order', async () => {
    const relations = make();
    await relations.change([that('bob', 'follows', 'alice'), that('bob', 'follows', 'alice', false)]);
    expect((await relations.of('bob', 'follows', all)).userIds).toEqual([]);
    await relations.change([that('bob', 'follows', 'alice', false), that('bob', 'follows', 'alice')]);
    expect((await relations.of('bob', 'follows', all)).userIds).toEqual(['alice']);
    await relations.forget('bob');
    await relations.forget('alice');
  });

  test('the maximum number of changes of one request is applied', async () => {
    const relations = make();
    const followed = Array.from({ length: maxAtOnce }, (_, index) => String(index).padStart(64, '0'));
    await relations.change(followed.map((to) => that('bob', 'follows', to)));
    expect((await relations.of('bob', 'follows', all)).userIds).toEqual(followed);
    await relations.forget('bob');
  });

  test('an erased user is in nobody’s relations and may be erased again', async () => {
    const relations = make();
    await relations.change([
      that('bob', 'follows', 'alice'),
      that('bob', 'follows', 'dan'),
      that('alice', 'blocks', 'bob'),
    ]);
    await relations.forget('alice');
    await relations.forget('alice');
    expect((await relations.of('bob', 'follows', all)).userIds).toEqual(['dan']);
    expect(await relations.between('bob', ['alice'])).toEqual([nothing]);
    await relations.forget('bob');
    await relations.forget('dan');
  });
}

function ringLedgersContract(make: () => RingLedgers): void {
  test('a ledger is saved only over the value it was computed from', async () => {
    const ledgers = make();
    const first = { windowBeganAt: 1, attempts: 1, inVain: [{ userId: 'bob', times: 2, lastAt: 5 }] };
    const second = { ...first, attempts: 2 };
    expect(await ledgers.load('alice')).toBeUndefined();
    expect(await ledgers.save('alice', { before: undefined, after: first })).toBe('saved');
    expect(await ledgers.save('alice', { before: undefined, after: second })).toBe('stale');
    expect(await ledgers.load('alice')).toEqual(first);
    const answers = await Promise.all(
      [2, 3, 4].map((attempts) => ledgers.save('alice', { before: first, after: { ...first, attempts } })),
    );
    expect(answers.sort()).toEqual(['saved', 'stale', 'stale']);
    expect(await ledgers.load('bob')).toBeUndefined();
  });
}

describe('relations in memory', () => {
  relationsContract((options) => new MemoryRelations(options));
});
describe('relations in Redis', () => {
  relationsContract((options) => new RedisRelations({ connection: redis.connection, keys, ...options }));

  test('erased users leave no key', async () => {
    expect((await redis.keys()).filter((key) => key.startsWith(`{${prefix}}:`))).toEqual([]);
  });
});
describe('ring ledgers in memory', () => {
  ringLedgersContract(() => new MemoryRingLedgers());
});
describe('ring ledgers in Redis', () => {
  ringLedgersContract(() => new RedisRingLedgers({ connection: redis.connection, keys }));

  test('ring ledgers expire', async () => {
    const ttl = await redis.connection.run((client) => client.pTTL(keys.ringLedger('alice')));
    expect(ttl).toBeGreaterThan(23 * 3_600_000);
  });
});
