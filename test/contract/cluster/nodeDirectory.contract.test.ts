/** What every NodeDirectory must do. */
import { describe, expect, test } from '@jest/globals';
import { MemoryNodeDirectory } from '../../../src/adapters/memory/memoryNodeDirectory.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisNodeDirectory } from '../../../src/adapters/redis/cluster/redisNodeDirectory.ts';
import type { NodeStatus } from '../../../src/domain/cluster/placement.ts';
import type { NodeDirectory } from '../../../src/ports/cluster/nodeDirectory.ts';
import { randomPrefix, randomTail } from '../../support/redis/redis.ts';
import { useRedis } from '../../support/redis/useRedis.ts';

const redis = useRedis();
const prefix = randomPrefix();

const newNode = (): NodeStatus => ({
  nodeId: `node_${randomTail()}` as const,
  region: 'here',
  beat: 1,
  load: 0.25,
  calls: 3,
  sessions: 7,
  draining: false,
});

function nodeDirectoryContract(make: () => NodeDirectory): void {
  test('every node reads the newest status of each node', async () => {
    const nodes = make();
    const [one, other] = [newNode(), newNode()];
    expect(await nodes.renew(one)).toBe('renewed');
    expect(await nodes.renew(other)).toBe('renewed');
    const later = { ...one, beat: 2, load: 0.9, draining: true };
    expect(await nodes.renew(later)).toBe('renewed');
    expect(await nodes.all()).toHaveLength(2);
    expect(await nodes.all()).toEqual(expect.arrayContaining([later, other]));
    await nodes.forget(one.nodeId);
    await nodes.forget(one.nodeId);
    expect(await nodes.all()).toEqual([other]);
    await nodes.forget(other.nodeId);
  });

  test('renewing a status for another node does not restore a removed one', async () => {
    const nodes = make();
    const node = newNode();
    expect(await nodes.renewIfKnown(node)).toBe(false);
    await nodes.renew(node);
    expect(await nodes.renewIfKnown({ ...node, beat: 2 })).toBe(true);
    expect(await nodes.all()).toEqual([{ ...node, beat: 2 }]);
    await nodes.forget(node.nodeId);
    expect(await nodes.renewIfKnown({ ...node, beat: 3 })).toBe(false);
    expect(await nodes.renew({ ...node, beat: 4 })).toBe('fenced');
    await nodes.forget(node.nodeId);
  });

  test('a node that was taken for dead is informed once and is then listed again', async () => {
    const nodes = make();
    const node = newNode();
    await nodes.renew(node);
    await nodes.forget(node.nodeId);
    expect(await nodes.all()).toEqual([]);
    expect(await nodes.renew({ ...node, beat: 2 })).toBe('fenced');
    expect(await nodes.all()).toEqual([{ ...node, beat: 2 }]);
    expect(await nodes.renew({ ...node, beat: 3 })).toBe('renewed');
    await nodes.forget(node.nodeId);
  });
}

describe('nodes in memory', () => {
  nodeDirectoryContract(() => new MemoryNodeDirectory());
});

describe('nodes in Redis', () => {
  nodeDirectoryContract(() => new RedisNodeDirectory({ connection: redis.connection, keys: redisKeys(prefix) }));

  test('removed nodes leave no key', async () => {
    expect((await redis.keys()).filter((key) => key.startsWith(`{${prefix}}:`))).toEqual([]);
  });

  test('an unreadable node status is left out and reported, and affects no other', async () => {
    const keys = redisKeys(randomPrefix());
    const goodId = `node_${'a'.repeat(22)}` as const;
    const unreadable: string[] = [];
    const directory = new RedisNodeDirectory({
      connection: redis.connection,
      keys,
      onUnreadable: (what) => unreadable.push(what),
    });
    const status = { region: 'here', beat: 1, load: 0, calls: 0, sessions: 0, draining: false };
    await directory.renew({ nodeId: goodId, ...status });
    await redis.connection.run((client) => client.hSet(keys.nodeStatuses, 'node_x', '{"address":"10.0.0.1"}'));
    expect(await directory.all()).toEqual([{ nodeId: goodId, ...status }]);
    expect(unreadable).toEqual(['a node status']);
  });
});
