/** What every UserDirectory must do. */
import { describe, expect, test } from '@jest/globals';
import { MemoryUserDirectory } from '../../../src/adapters/memory/memoryUserDirectory.ts';
import { redisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisUserDirectory } from '../../../src/adapters/redis/people/redisUserDirectory.ts';
import { firstSettings } from '../../../src/domain/people/policy.ts';
import type { UserDirectory } from '../../../src/ports/people/userDirectory.ts';
import { randomPrefix } from '../../support/redis/redis.ts';
import { useRedis } from '../../support/redis/useRedis.ts';

const redis = useRedis();
const prefix = randomPrefix();
const keys = redisKeys(prefix);

const ann = { id: 'ann', name: 'Ann', isVerified: false };

function userDirectoryContract(make: () => UserDirectory): void {
  test('a new user has calling off, and no other user exists', async () => {
    const users = make();
    expect(await users.get('ann')).toBeUndefined();
    expect(await users.put(ann)).toEqual({ ...ann, settings: firstSettings });
    expect(await users.get('ann')).toEqual({ ...ann, settings: firstSettings });
    await users.remove('ann');
  });

  test('the app’s data leaves the settings unchanged, and changing one setting leaves the others', async () => {
    const users = make();
    await users.put(ann);
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
    await users.changeSettings('ann', { callingOn: true, quietHours });
    const changed = await users.changeSettings('ann', { audiences: [] });
    const settings = { ...firstSettings, callingOn: true, quietHours, audiences: [] };
    expect(changed).toEqual({ ...ann, settings });
    const renamed = { ...ann, name: 'Anna', isVerified: true };
    expect(await users.put(renamed)).toEqual({ ...renamed, settings });
    await users.changeSettings('ann', { quietHours: null, callingOn: undefined });
    expect(await users.get('ann')).toEqual({ ...renamed, settings: { ...settings, quietHours: null } });
    expect(await users.changeSettings('ann', {})).toEqual(await users.get('ann'));
    await users.remove('ann');
  });

  test('a user who was removed and created again is another user', async () => {
    const users = make();
    expect(await users.generationOf('ann')).toBeUndefined();
    await users.put(ann);
    const first = await users.generationOf('ann');
    expect(first).toMatch(/./);
    await users.put({ ...ann, name: 'Anna' });
    await users.changeSettings('ann', { callingOn: true });
    expect(await users.generationOf('ann')).toBe(first);
    await users.remove('ann');
    expect(await users.generationOf('ann')).toBeUndefined();
    await users.put(ann);
    expect(await users.generationOf('ann')).not.toBe(first);
    await users.remove('ann');
  });

  test('changing the settings of an unknown user creates none', async () => {
    const users = make();
    expect(await users.changeSettings('nobody', { callingOn: true })).toBeUndefined();
    expect(await users.get('nobody')).toBeUndefined();
    expect(await users.list({ limit: 10 })).toEqual({ users: [] });
  });

  test('users are listed by id until they are removed', async () => {
    const users = make();
    for (const id of ['c.1', 'a-1', 'b_1']) await users.put({ ...ann, id });
    expect((await users.list({ limit: 10 })).users.map(({ id }) => id)).toEqual(['a-1', 'b_1', 'c.1']);
    for (const id of ['a-1', 'b_1', 'c.1']) expect(await users.remove(id)).toBe(true);
    expect(await users.remove('a-1')).toBe(false);
    expect(await users.list({ limit: 10 })).toEqual({ users: [] });
  });
}

describe('users in memory', () => {
  userDirectoryContract(() => new MemoryUserDirectory());
});

describe('users in Redis', () => {
  userDirectoryContract(() => new RedisUserDirectory({ connection: redis.connection, keys }));

  test('removed users leave no key except their ended rights, for a minute', async () => {
    const left = (await redis.keys()).filter((key) => key.startsWith(`{${prefix}}:`));
    expect(left).toEqual([`{${prefix}}:rights`]);
  });
});

test('an unreadable stored setting takes its strictest value, and the others stay', async () => {
  const unreadable: string[] = [];
  const users = new RedisUserDirectory({
    connection: redis.connection,
    keys,
    onUnreadable: (setting) => unreadable.push(setting),
  });
  await users.put(ann);
  await users.changeSettings('ann', { callingOn: true, quietHours: null });
  const store = (setting: string, value: string) =>
    redis.connection.run((client) => client.hSet(keys.user('ann'), `setting.${setting}`, value));
  await store('audiences', '["following","friends_of_friends"]');
  await store('groupAudiences', '{');
  await store('whenBusy', '"voicemail"');
  await store('colour', '"blue"');
  expect((await users.get('ann'))?.settings).toEqual({
    callingOn: true,
    audiences: [],
    groupAudiences: [],
    whenBusy: 'refuse',
    quietHours: null,
  });
  expect(unreadable.sort()).toEqual(['audiences', 'groupAudiences', 'whenBusy']);
  await store('callingOn', '"often"');
  await store('quietHours', '{"from":"late"}');
  const settings = (await users.get('ann'))?.settings;
  expect([settings?.callingOn, settings?.quietHours !== null]).toEqual([false, true]);
  await users.changeSettings('ann', { whenBusy: 'ring' });
  expect((await users.get('ann'))?.settings.whenBusy).toBe('ring');
  await users.remove('ann');
});

describe.each([
  ['memory', () => new MemoryUserDirectory()],
  ['Redis', () => new RedisUserDirectory({ connection: redis.connection, keys: redisKeys(randomPrefix()) })],
])('pages of users in %s', (_where, make) => {
  test('contain each user who stays, once, while others come and go', async () => {
    const users: UserDirectory = make();
    const names = Array.from({ length: 25 }, (_, index) => `u${String(index).padStart(2, '0')}`);
    for (const id of names) await users.put({ id, name: id, isVerified: false });
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await users.list({ limit: 4, after });
      expect(page.users.length).toBeLessThanOrEqual(4);
      seen.push(...page.users.map(({ id }) => id));
      after = page.next;
      // The last that was seen goes, and others come before and behind it.
      if (after !== undefined) await users.remove(after);
      await users.put({ id: `u${seen.length}-new`, name: 'new', isVerified: false });
      await users.put({ id: 'a', name: 'before all', isVerified: false });
    } while (after !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => names.includes(id))).toEqual(names);
  });
});
