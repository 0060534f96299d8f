/** What ends a right is told to every node in the same step: over memory and over Redis. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryDeviceSeats } from '../../../src/adapters/memory/memoryDeviceSeats.ts';
import { MemoryRightsLog } from '../../../src/adapters/memory/memoryRightsLog.ts';
import { MemoryUserDirectory } from '../../../src/adapters/memory/memoryUserDirectory.ts';
import { MemoryViewerTickets } from '../../../src/adapters/memory/memoryViewerTickets.ts';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisDeviceSeats } from '../../../src/adapters/redis/people/redisDeviceSeats.ts';
import { RedisRightsLog } from '../../../src/adapters/redis/people/redisRightsLog.ts';
import { RedisUserDirectory } from '../../../src/adapters/redis/people/redisUserDirectory.ts';
import { RedisViewerTickets } from '../../../src/adapters/redis/people/redisViewerTickets.ts';
import { Subscriptions } from '../../../src/adapters/redis/connection/subscriptions.ts';
import { randomIds } from '../../../src/adapters/system/randomIds.ts';
import { deviceKnownMs, maxDevices } from '../../../src/ports/people/deviceSeats.ts';
import type { DeviceSeats } from '../../../src/ports/people/deviceSeats.ts';
import type { RightsLog } from '../../../src/ports/people/rightsLog.ts';
import type { UserDirectory } from '../../../src/ports/people/userDirectory.ts';
import type { ViewerTickets } from '../../../src/ports/media/viewerTickets.ts';
import { randomPrefix, startTestRedis } from '../../support/redis/redis.ts';
import type { TestRedis } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';

interface Rights {
  readonly users: UserDirectory;
  readonly log: RightsLog;
  readonly tickets: ViewerTickets;
  readonly seats: DeviceSeats;
  /** Another process over the same store. */
  readonly elsewhere: { readonly log: RightsLog; readonly seats: DeviceSeats };
}

const place = { deviceId: 'phone-12345', devices: 1, forMs: 60_000 };

function rightsContract(open: () => Promise<Rights>): void {
  test('erasing or signing out a user changes their generation, and every node is notified', async () => {
    const { users, log, elsewhere } = await open();
    const from = await elsewhere.log.end();
    let told = 0;
    await elsewhere.log.onChange(() => (told += 1));
    await users.put({ id: 'alice', name: 'Alice', isVerified: false });
    const first = await users.generationOf('alice');
    expect(await users.signOut('alice')).toBe(true);
    const second = await users.generationOf('alice');
    expect(second).not.toBe(first);
    expect(second).toBeDefined();
    expect(await users.remove('alice')).toBe(true);
    expect(await users.signOut('alice')).toBe(false);
    expect(await users.generationOf('alice')).toBeUndefined();
    const read = await log.after(from, 100);
    const change = { kind: 'user', userId: 'alice' };
    expect(read.changes).toEqual([change, change]);
    expect(await elsewhere.log.after(from, 1)).toMatchObject({ changes: [change] });
    expect((await log.after(read.end, 100)).changes).toEqual([]);
    await waitFor('both to be announced', () => told >= 2);
  });

  test('a ticket serves the maximum number of devices, each as often as it likes', async () => {
    const { tickets } = await open();
    const ticket = { callId: randomIds.callId(), userId: 'vera', ticketId: randomIds.ticketId(), mark: 0 };
    expect(await tickets.admit(ticket, place)).toBe('admitted');
    expect(await tickets.admit(ticket, place)).toBe('admitted');
    const other = { ...place, deviceId: 'tablet-12345' };
    expect(await tickets.admit(ticket, other)).toBe('in_use');
    expect(await tickets.admit(ticket, { ...other, devices: 2 })).toBe('admitted');
    await tickets.release(ticket.ticketId, place.deviceId);
    expect(await tickets.admit(ticket, { ...place, deviceId: 'laptop-12345', devices: 2 })).toBe('admitted');
  });

  test('a removed viewer has no valid ticket until they get another', async () => {
    const { tickets, log } = await open();
    const [callId, from] = [randomIds.callId(), await log.end()];
    const issue = async (userId: string) => ({
      callId,
      userId,
      ticketId: randomIds.ticketId(),
      mark: await tickets.markOf(callId, userId),
    });
    const [veras, walts] = [await issue('vera'), await issue('walt')];
    await tickets.revokeAll(callId, 'vera');
    expect(await tickets.admit(veras, place)).toBe('void');
    expect([await tickets.isVoid(veras), await tickets.isVoid(walts)]).toEqual([true, false]);
    const again = await issue('vera');
    expect(await tickets.admit(again, place)).toBe('admitted');
    await tickets.revokeAll(callId, 'vera');
    expect(await tickets.isVoid(again)).toBe(true);
    const { changes } = await log.after(from, 10);
    expect(changes).toMatchObject([
      { kind: 'viewer', callId, userId: 'vera', mark: again.mark },
      { kind: 'viewer', callId, userId: 'vera' },
    ]);
  });

  test('a revoked ticket is void, and every node is notified which', async () => {
    const { tickets, log } = await open();
    const ticket = { callId: randomIds.callId(), userId: 'vera', ticketId: randomIds.ticketId(), mark: 0 };
    const from = await log.end();
    expect(await tickets.isRevoked(ticket.ticketId)).toBe(false);
    await tickets.revoke(ticket.ticketId);
    expect([await tickets.isRevoked(ticket.ticketId), await tickets.isVoid(ticket)]).toEqual([true, true]);
    expect(await tickets.admit(ticket, place)).toBe('void');
    expect((await log.after(from, 10)).changes).toEqual([{ kind: 'ticket', ticketId: ticket.ticketId }]);
  });

  test('a later hello of a device has a higher number, on any node, and the others are notified', async () => {
    const { seats, elsewhere } = await open();
    const device = { userId: 'bob', deviceId: 'phone-12345' };
    const heard: unknown[] = [];
    const stop = await elsewhere.seats.onClaim('bob', (claim) => heard.push(claim));
    const first = await seats.claim(device);
    const second = await elsewhere.seats.claim(device);
    expect(Number(second)).toBeGreaterThan(Number(first));
    await waitFor('both claims', () => heard.length === 2);
    expect(heard).toEqual([
      { deviceId: device.deviceId, number: first },
      { deviceId: device.deviceId, number: second },
    ]);
    expect(await seats.newest([device, { ...device, userId: 'nobody' }])).toEqual([second, undefined]);
    await stop();
  });

  test('a user who keeps using new devices is stopped on every node; their known devices and other users are not', async () => {
    const { seats, elsewhere } = await open();
    const device = (index: number) => ({ userId: 'mallory', deviceId: `device-${index}` });
    for (let index = 0; index < maxDevices; index += 1) expect(await seats.claim(device(index))).not.toBe('full');
    expect(await seats.claim(device(maxDevices))).toBe('full');
    expect(await elsewhere.seats.claim(device(maxDevices))).toBe('full');
    expect(await elsewhere.seats.claim(device(0))).not.toBe('full');
    expect(await seats.claim({ userId: 'bob', deviceId: 'device-new' })).not.toBe('full');
    expect(await seats.newest([device(maxDevices)])).toEqual([undefined]);
  });
}

describe('in memory', () => {
  rightsContract(() => {
    const log = new MemoryRightsLog();
    const [users, seats] = [new MemoryUserDirectory({ log }), new MemoryDeviceSeats()];
    const tickets = new MemoryViewerTickets({ log });
    return Promise.resolve({ users, log, tickets, seats, elsewhere: { log, seats } });
  });
});

describe('in Redis', () => {
  let redis: TestRedis;
  const closing: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await redis.stop();
  });

  async function opened() {
    const keys = redisKeys(randomPrefix());
    const onBroken = (error: unknown): never => {
      throw error;
    };
    const process = async () => {
      const connection = await RedisConnection.create({ url: redis.url });
      const subscriptions = await Subscriptions.create({ connection, keys });
      closing.push(
        () => connection.close(),
        () => subscriptions.close(),
      );
      const over = { connection, subscriptions, keys, onBroken };
      return { connection, log: new RedisRightsLog(over), seats: new RedisDeviceSeats(over) };
    };
    const { connection, ...here } = await process();
    return {
      ...here,
      keys,
      users: new RedisUserDirectory({ connection, keys }),
      tickets: new RedisViewerTickets({ connection, keys, longestTicketMs: 60_000 }),
      elsewhere: await process(),
    };
  }
  rightsContract(opened);

  test('a device without a hello for an hour makes room for another', async () => {
    const { keys, seats } = await opened();
    const client = await redis.look();
    const longAgo = (Date.now() - deviceKnownMs) * 1_000 - 1_000_000;
    const old = Array.from({ length: maxDevices }, (_, index) => ({ score: longAgo + index, value: `old-${index}` }));
    await client.zAdd(keys.seats('zoe'), old);
    expect(await seats.claim({ userId: 'zoe', deviceId: 'device-new' })).not.toBe('full');
    expect(await client.zCard(keys.seats('zoe'))).toBe(1);
    client.destroy();
  });

  test('every key expires', async () => {
    const { keys, users, tickets, seats } = await opened();
    await users.put({ id: 'eve', name: 'Eve', isVerified: false });
    await users.signOut('eve');
    await seats.claim({ userId: 'eve', deviceId: 'phone-12345' });
    const ticket = { callId: randomIds.callId(), userId: 'eve', ticketId: randomIds.ticketId(), mark: 0 };
    await tickets.admit(ticket, place);
    await tickets.revokeAll(ticket.callId, 'eve');
    await tickets.revoke(ticket.ticketId);
    const client = await redis.look();
    const { callId, ticketId } = ticket;
    const kept = [
      ...[keys.rights, keys.seats('eve'), keys.viewerMark(callId, 'eve')],
      ...[keys.ticketRevoked(ticketId), keys.ticketDevices(ticketId)],
    ];
    const lives = await Promise.all(kept.map((key) => client.pTTL(key)));
    for (const life of lives) expect(life).toBeGreaterThan(0);
    await users.remove('eve');
    expect(await client.exists(keys.seats('eve'))).toBe(0);
    client.destroy();
  });
});
