/** Several addresses of one service: the one in use is kept until it is lost. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Addresses } from '../../../../src/client/connection/addresses.ts';
import { Credential } from '../../../../src/client/connection/credential.ts';
import { HttpApi } from '../../../../src/client/connection/httpApi.ts';

const [one, two, three] = ['https://one.example', 'https://two.example', 'https://three.example'] as const;

describe('the current address', () => {
  test('the first until it is lost; then the next, and after the last the first again', () => {
    const addresses = new Addresses([`${one}/`, two]);
    expect(addresses.inOrder()).toEqual([one, two]);
    addresses.lost(one);
    expect(addresses.inOrder()).toEqual([two, one]);
    addresses.lost(two);
    expect(addresses.inOrder()).toEqual([one, two]);
  });

  test('losing an address that is no longer used changes nothing', () => {
    const addresses = new Addresses([one, two, three]);
    addresses.lost(one);
    addresses.lost(one);
    expect(addresses.inOrder()).toEqual([two, three, one]);
  });

  test('a single address stays, and an empty list is refused', () => {
    const addresses = new Addresses(one);
    addresses.lost(one);
    expect(addresses.inOrder()).toEqual([one]);
    expect(() => new Addresses([])).toThrow(RangeError);
  });
});

describe('opening', () => {
  const closed: string[] = [];
  const opened = (name: string) => ({
    name,
    close: () => {
      closed.push(name);
    },
  });
  beforeEach(() => {
    closed.splice(0);
  });

  test('uses the first that opens, and tries no other if it opens at once', async () => {
    const asked: string[] = [];
    const { address } = await new Addresses([one, two]).open((name) => {
      asked.push(name);
      return Promise.resolve(opened(name));
    });
    expect([address, ...asked]).toEqual([one, one]);
  });

  test('tries the next at once when one refuses, and rejects when all do', async () => {
    const addresses = new Addresses([one, two]);
    const refusing = (name: string) =>
      name === one ? Promise.reject(new Error('refused')) : Promise.resolve(opened(name));
    await expect(addresses.open(refusing, 60_000)).resolves.toMatchObject({ address: two });
    await expect(addresses.open(() => Promise.reject(new Error('refused')))).rejects.toMatchObject({
      code: 'disconnected',
    });
  });

  test('tries the next beside a slow one, and closes what opens too late', async () => {
    let answerLate: () => void = () => undefined;
    const late = new Promise<ReturnType<typeof opened>>((resolve) => {
      answerLate = () => {
        resolve(opened(one));
      };
    });
    const opening = (name: string) => (name === one ? late : Promise.resolve(opened(name)));
    await expect(new Addresses([one, two]).open(opening, 5)).resolves.toMatchObject({ address: two });
    expect(closed).toEqual([]);
    answerLate();
    await late;
    expect(closed).toEqual([one]);
  });
});

describe('requests over HTTP', () => {
  const fetched: string[] = [];
  let alive: readonly string[] = [];
  const original = globalThis.fetch;

  beforeEach(() => {
    fetched.splice(0);
    globalThis.fetch = jest.fn((input: Parameters<typeof fetch>[0]) => {
      const { origin } = new URL(input instanceof Request ? input.url : input);
      fetched.push(origin);
      if (!alive.includes(origin)) return Promise.reject(new TypeError('failed to fetch'));
      return Promise.resolve(Response.json({ userId: 'bob', callable: true }));
    });
  });
  afterEach(() => {
    globalThis.fetch = original;
  });

  const credential = new Credential(() => Promise.resolve('token'));

  test('go to the next address when one is down, and stay there', async () => {
    alive = [two];
    const api = new HttpApi({ addresses: new Addresses([one, two]), credential });
    await expect(api.callable('bob')).resolves.toMatchObject({ callable: true });
    await api.callable('bob');
    expect(fetched).toEqual([one, two, two]);
  });

  test('are refused when no address answers, each tried once', async () => {
    alive = [];
    const api = new HttpApi({ addresses: new Addresses([one, two]), credential });
    await expect(api.callable('bob')).rejects.toMatchObject({ code: 'disconnected' });
    expect(fetched).toEqual([one, two]);
  });
});
