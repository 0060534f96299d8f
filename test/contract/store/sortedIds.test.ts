/** Lists of ids that were sets become sorted ones, and nothing of them is lost. */
import { expect, test } from '@jest/globals';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisRelations } from '../../../src/adapters/redis/people/redisRelations.ts';
import { RedisUserDirectory } from '../../../src/adapters/redis/people/redisUserDirectory.ts';
import type { MigrationContext } from '../../../src/adapters/redis/schema/versions/migration.ts';
import { sortedIds } from '../../../src/adapters/redis/schema/sortedIds.ts';
import { randomPrefix } from '../../support/redis/redis.ts';
import { newCallId } from '../call/callStore.contract.ts';
import { useRedis } from '../../support/redis/useRedis.ts';

const redis = useRedis();

const name = (index: number) => `user-${String(index).padStart(5, '0')}`;

test('users, relations and live calls are read in pages after the migration, even if it was interrupted', async () => {
  const prefix = randomPrefix();
  const keys = redisKeys(prefix);
  const users = Array.from({ length: 3_000 }, (_, index) => name(index));
  const calls = [newCallId(), newCallId(), newCallId()].sort();
  await redis.connection.run(async (client) => {
    await client.sAdd(keys.users, users);
    await Promise.all(users.slice(0, 40).map((id) => client.hSet(keys.user(id), 'name', id)));
    await client.sAdd(keys.relation(name(1), 'follows'), users.slice(0, 2_500));
    await client.sAdd(keys.relation(name(2), 'blocks'), name(1));
    await client.sAdd(keys.callsIn('ringing'), calls.slice(0, 1));
    await client.sAdd(keys.callsIn('active'), calls.slice(1));
  });
  let parts = 0;
  let cutAt = 0;
  const context = {
    connection: redis.connection,
    keys,
    prefix: `{${prefix}}`,
    redisPrefix: prefix,
    change: (...[script, ofKeys, values]: Parameters<MigrationContext['change']>) => {
      parts += 1;
      if (parts === cutAt) throw new Error('cut off');
      return redis.connection.script(script, [...ofKeys], [...values]);
    },
  };
  const run = async (): Promise<boolean> => {
    parts = 0;
    try {
      for (const step of sortedIds) {
        let cursor: string | undefined = '';
        while (cursor !== undefined) cursor = await step.run(context, cursor);
      }
      return true;
    } catch (error) {
      expect(String(error)).toContain('cut off');
      return false;
    }
  };
  do cutAt += 1;
  while (!(await run()));
  expect(cutAt).toBeGreaterThan(10);
  cutAt = 0;
  expect(await run()).toBe(true);

  const directory = new RedisUserDirectory({ connection: redis.connection, keys });
  const first = await directory.list({ limit: 30 });
  expect([first.users.map(({ id }) => id), first.next]).toEqual([users.slice(0, 30), name(29)]);
  const relations = new RedisRelations({ connection: redis.connection, keys });
  const { userIds, next } = await relations.of(name(1), 'follows', { limit: 10_000 });
  expect([userIds, next]).toEqual([users.slice(0, 2_500), undefined]);
  expect((await relations.between(name(1), [name(2)]))[0]?.calleeBlocksCaller).toBe(true);
  expect(await redis.connection.run((client) => client.zRange(keys.liveCalls, 0, -1))).toEqual(calls);
  expect((await redis.keys()).filter((key) => key.endsWith(':sorted'))).toEqual([]);
});
