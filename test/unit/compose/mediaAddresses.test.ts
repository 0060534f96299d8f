/** What a development server announces, so that every browser of this machine finds its media. */
import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../../config/load.ts';
import { mediaAddresses, mediaWords } from '../../../src/compose/media/mediaAddresses.ts';

const of = (address: string): NetworkInterfaceInfo => {
  const rest = { address, netmask: '', mac: '', cidr: null, internal: address === '127.0.0.1' || address === '::1' };
  return address.includes(':') ? { ...rest, family: 'IPv6', scopeid: 0 } : { ...rest, family: 'IPv4' };
};
const lo = ['127.0.0.1', '::1'].map(of);
const development = { VEILCAST_MODE: 'development', VEILCAST_REDIS_URL: 'redis://localhost' };
const production = {
  VEILCAST_MODE: 'production',
  VEILCAST_REDIS_URL: 'redis://localhost',
  VEILCAST_API_KEY: 'kR8vQ2mX7pLw4ZtB9nHsJd6YcF3g',
  VEILCAST_TOKEN_SECRET: 'kR8vQ2mX7pLw4ZtB9nHsJd6YcF3gTa5Ue1Wo',
};

describe('a development server', () => {
  const listen = (interfaces: Record<string, NetworkInterfaceInfo[]>) =>
    mediaAddresses(loadConfig(development), interfaces).listen;

  test('announces an address of this machine before loopback', () => {
    expect(listen({ lo, eth0: ['fe80::1', 'fd00::2', '192.168.1.5'].map(of) })).toEqual(['192.168.1.5', '127.0.0.1']);
  });

  test('uses IPv6 if there is nothing else, but no link-local address', () => {
    expect(listen({ lo, eth0: ['fe80::1', 'fd00::2'].map(of) })).toEqual(['fd00::2', '127.0.0.1']);
    expect(listen({ lo, eth0: ['fe80::1', '169.254.7.7'].map(of) })).toEqual(['127.0.0.1']);
  });

  test('starts without any network, and logs in which browsers calls work', () => {
    const alone = mediaAddresses(loadConfig(development), { lo });
    expect(alone.listen).toEqual(['127.0.0.1']);
    expect(mediaWords(alone)).toContain('Firefox');
  });

  test('logs which address it chose', () => {
    const words = mediaWords(mediaAddresses(loadConfig(development), { lo, wlan0: [of('10.0.0.7')] }));
    expect(words).toContain('10.0.0.7');
    expect(words).toContain('wlan0');
    expect(words).not.toContain('Firefox');
  });

  test.each(['VEILCAST_MEDIA_LISTEN_ADDRESSES', 'VEILCAST_MEDIA_ANNOUNCED_ADDRESSES'])(
    'chooses no address if %s is set',
    (name) => {
      const config = loadConfig({ ...development, [name]: '127.0.0.2' });
      const { listen: listening, announced } = mediaAddresses(config, { lo, eth0: [of('192.168.1.5')] });
      expect([...listening, ...(announced ?? [])]).not.toContain('192.168.1.5');
    },
  );
});

test('production chooses no address', () => {
  expect(mediaAddresses(loadConfig(production), { lo, eth0: [of('192.168.1.5')] }).listen).toEqual(['127.0.0.1']);
});
