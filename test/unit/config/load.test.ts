import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../../../config/load.ts';
import type { Environment } from '../../../config/load.ts';
import { trustsThisMachine } from '../../../config/loopback.ts';
import { environmentName } from '../../../config/schema.ts';

const enough: Environment = {
  VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379',
  VEILCAST_API_KEY: 'an-api-key-that-is-long-enough',
  VEILCAST_TOKEN_SECRET: 'a-token-secret-that-is-long-enough-indeed',
};

function faultsOf(environment: Environment): readonly string[] {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('the configuration', () => {
  test('merges defaults, then the file, then the environment', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'veilcast-config-')), 'config.json');
    writeFileSync(file, JSON.stringify({ httpPort: 5000, ringTimeoutMs: 7000 }));
    const config = loadConfig({ ...enough, VEILCAST_CONFIG: file, VEILCAST_HTTP_PORT: '6000' });
    expect(config).toMatchObject({ httpPort: 6000, ringTimeoutMs: 7000, adminPort: 4401 });
  });

  test('accepts a file that begins with a byte order mark', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'veilcast-config-')), 'config.json');
    writeFileSync(file, `\uFEFF${JSON.stringify({ httpPort: 5000 })}`);
    expect(loadConfig({ ...enough, VEILCAST_CONFIG: file })).toMatchObject({ httpPort: 5000 });
  });

  test.each([
    ['/dev/zero', 'it is not a regular file'],
    [tmpdir(), 'it is a folder'],
    ['/nowhere/config.json', 'there is no such file'],
  ])('reads no settings from %s', (file, why) => {
    expect(faultsOf({ ...enough, VEILCAST_CONFIG: file })).toEqual([`VEILCAST_CONFIG: ${file} cannot be read: ${why}`]);
  });

  test('refuses a file that is larger than any settings', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'veilcast-config-')), 'config.json');
    writeFileSync(file, ' '.repeat(1024 * 1024 + 1));
    expect(faultsOf({ ...enough, VEILCAST_CONFIG: file })).toEqual([
      `VEILCAST_CONFIG: ${file} is larger than 1048576 bytes`,
    ]);
  });

  test('requires different ports for the API and for operators', () => {
    const ports = { VEILCAST_HTTP_PORT: '5000', VEILCAST_ADMIN_PORT: '5000' };
    expect(faultsOf({ ...enough, ...ports })).toEqual(['VEILCAST_ADMIN_PORT: must differ from VEILCAST_HTTP_PORT']);
    const workers = { VEILCAST_HTTP_PORT: '5000', VEILCAST_WORKERS_ADMIN_PORT: '5000' };
    expect(faultsOf({ ...enough, ...workers })).toEqual([
      'VEILCAST_WORKERS_ADMIN_PORT: must differ from VEILCAST_HTTP_PORT',
    ]);
  });

  test('requires a key that opens the admin port where strangers may reach it', () => {
    const backend = {
      name: 'backend',
      scopes: ['read', 'calls', 'people'],
      secret: 'kP7-a-key-of-the-backend-long-enough',
    };
    const { VEILCAST_API_KEY: single, ...others } = enough;
    const elsewhere = { ...others, VEILCAST_ADMIN_HOST: '0.0.0.0', VEILCAST_API_KEYS: JSON.stringify([backend]) };
    expect(faultsOf(elsewhere)).toEqual([
      expect.stringMatching(/^VEILCAST_ADMIN_HOST: 0\.0\.0\.0 is not loopback, [^\n]+$/),
    ]);
    expect(faultsOf({ ...elsewhere, VEILCAST_API_KEY: single })).toEqual([]);
    const metrics = { ...backend, scopes: ['metrics'] };
    expect(faultsOf({ ...elsewhere, VEILCAST_API_KEYS: JSON.stringify([metrics]) })).toEqual([]);
    for (const address of ['127.0.0.1', '127.9.9.9', '::1']) {
      expect(faultsOf({ ...elsewhere, VEILCAST_ADMIN_HOST: address })).toEqual([]);
    }
    const behindProxy = { ...elsewhere, VEILCAST_ADMIN_HOST: '127.0.0.1', VEILCAST_ADMIN_KEY_ON_LOOPBACK: 'true' };
    expect(faultsOf(behindProxy)).toEqual([
      expect.stringMatching(/^VEILCAST_ADMIN_KEY_ON_LOOPBACK: the admin port asks/),
    ]);
    expect(faultsOf({ ...behindProxy, VEILCAST_API_KEY: single })).toEqual([]);
  });

  test.each([
    ['127.0.0.1', 'false', true],
    ['127.0.0.1', 'true', false],
    ['::1', 'true', false],
    ['0.0.0.0', 'false', false],
    ['0.0.0.0', 'true', false],
  ])('with the admin port on %s and a key on loopback %s, trusts programs of this machine: %s', (host, key, trusts) => {
    const admin = { VEILCAST_ADMIN_HOST: host, VEILCAST_ADMIN_KEY_ON_LOOPBACK: key };
    expect(trustsThisMachine(loadConfig({ ...enough, ...admin }))).toBe(trusts);
  });

  test('reads secrets from files of their own, without the line break at the end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'veilcast-secrets-'));
    const file = join(folder, 'keys');
    const keys = [{ name: 'backend', scopes: ['read'], secret: 'kP7-a-key-of-the-backend-long-enough' }];
    writeFileSync(file, `${JSON.stringify(keys)}\n`);
    expect(loadConfig({ ...enough, VEILCAST_API_KEYS_FILE: file })).toMatchObject({ apiKeys: keys });
    expect(faultsOf({ ...enough, VEILCAST_API_KEYS: '[]', VEILCAST_API_KEYS_FILE: file })).toContain(
      'VEILCAST_API_KEYS_FILE: VEILCAST_API_KEYS is set, too: keep one of them',
    );
    expect(faultsOf({ ...enough, VEILCAST_TURN_SECRET_FILE: join(folder, 'none') })).toEqual([
      'VEILCAST_TURN_SECRET_FILE: the file cannot be read: there is no such file',
    ]);
    for (const notFile of ['Wm8-a-secret-in-the-wrong-variable', folder, 'x'.repeat(5000), 'with\0a zero']) {
      const [fault, ...others] = faultsOf({ ...enough, VEILCAST_TURN_SECRET_FILE: notFile });
      expect([fault?.startsWith('VEILCAST_TURN_SECRET_FILE: the file cannot be read: '), others]).toEqual([true, []]);
      expect(fault).not.toContain(notFile);
    }
    expect(faultsOf({ ...enough, VEILCAST_HTTP_PORT_FILE: file })).toEqual([
      'VEILCAST_HTTP_PORT_FILE: unknown setting',
    ]);
  });

  test('lists all errors together, unknown names included', () => {
    const faults = faultsOf({
      ...enough,
      VEILCAST_HTTP_PORT: 'eighty',
      VEILCAST_LOG_LEVEL: 'loud',
      VEILCAST_HTTP_PROT: '80',
      VEILCAST_API_KEY: 'short',
    });
    for (const name of ['HTTP_PORT', 'LOG_LEVEL', 'HTTP_PROT', 'API_KEY']) {
      expect(faults.join('\n')).toContain(`VEILCAST_${name}:`);
    }
    expect(faults).toHaveLength(4);
  });

  test('reports errors between settings together with errors of single ones', () => {
    const faults = faultsOf({
      ...enough,
      VEILCAST_HTTP_PORT: '99999',
      VEILCAST_MEDIA_LISTEN_ADDRESSES: '0.0.0.0',
      VEILCAST_ALLOWED_ORIGINS: 'https://app.example,https://other.example',
    }).join('\n');
    expect(faults).toContain('VEILCAST_HTTP_PORT:');
    expect(faults).toContain('VEILCAST_MEDIA_ANNOUNCED_ADDRESSES');
  });

  test('explains errors in the pipes between nodes', () => {
    const pipes = { VEILCAST_PIPE_ADDRESS: '::', VEILCAST_PIPE_FIRST_PORT: '5001', VEILCAST_PIPE_LAST_PORT: '5000' };
    expect(faultsOf({ ...enough, ...pipes }).map((fault) => fault.split(':')[0])).toEqual([
      'VEILCAST_PIPE_ADDRESS',
      'VEILCAST_PIPE_FIRST_PORT',
    ]);
  });

  test('explains what a value must be', () => {
    const faults = faultsOf({ VEILCAST_HTTP_PORT: '0x50', VEILCAST_LIFECYCLE_IN_PROCESS: '1' }).join('\n');
    expect(faults).toContain('VEILCAST_HTTP_PORT: must be a whole number from 1 to 65535');
    expect(faults).toContain('VEILCAST_LIFECYCLE_IN_PROCESS: must be true or false');
    expect(faults).toContain('VEILCAST_REDIS_URL: must be set');
  });

  test('accepts in the file only numbers as numbers', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'veilcast-config-')), 'config.json');
    writeFileSync(file, JSON.stringify({ httpPort: true, adminPort: 5001 }));
    expect(faultsOf({ ...enough, VEILCAST_CONFIG: file })).toEqual([
      'VEILCAST_HTTP_PORT: must be a whole number from 1 to 65535',
    ]);
  });

  test.each(['0.0.0.0', '::', '::0', '0:0:0:0:0:0:0:0'])('cannot give clients the wildcard %s', (address) => {
    expect(faultsOf({ ...enough, VEILCAST_MEDIA_ANNOUNCED_ADDRESSES: address }).join()).toContain('wildcard');
  });

  test('does not offer the demo users to a network', () => {
    const open = { VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379', VEILCAST_HTTP_HOST: '0.0.0.0' };
    expect(faultsOf({ ...open, VEILCAST_MODE: 'development' }).join()).toContain('VEILCAST_HTTP_HOST');
    expect(faultsOf({ ...enough, ...open })).toEqual([]);
  });

  test('requires secrets in production and generates new ones at each start in development', () => {
    const bare = { VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379' };
    expect(faultsOf(bare)).toHaveLength(2);
    const one = loadConfig({ ...bare, VEILCAST_MODE: 'development' });
    const other = loadConfig({ ...bare, VEILCAST_MODE: 'development' });
    expect(one.tokenSecret).not.toBe(other.tokenSecret);
  });

  test.each(['0.0.0.0', '::', '198.51.100.7', '2001:db8::1'])(
    'media does not listen on the public address %s without an announced address',
    (address) => {
      const public_ = { ...enough, VEILCAST_MEDIA_LISTEN_ADDRESSES: address };
      expect(faultsOf(public_).join()).toContain('VEILCAST_MEDIA_ANNOUNCED_ADDRESSES');
      expect(faultsOf({ ...public_, VEILCAST_MEDIA_ANNOUNCED_ADDRESSES: '198.51.100.7' })).toEqual([]);
    },
  );

  test('either each media listen address has an announced address, or none has', () => {
    const both = { ...enough, VEILCAST_MEDIA_LISTEN_ADDRESSES: '0.0.0.0,::' };
    expect(faultsOf({ ...both, VEILCAST_MEDIA_ANNOUNCED_ADDRESSES: '198.51.100.7' }).join()).toContain(
      'as many addresses as',
    );
    const told = { ...both, VEILCAST_MEDIA_ANNOUNCED_ADDRESSES: '198.51.100.7,2001:db8::7' };
    expect(loadConfig(told).mediaAnnouncedAddresses).toEqual(['198.51.100.7', '2001:db8::7']);
  });

  test('webhooks are kept for longer than a call lasts and an attempt waits', () => {
    const short = { ...enough, VEILCAST_WEBHOOK_RETENTION_MS: '60000', VEILCAST_LONGEST_CALL_MS: '20000' };
    expect(faultsOf({ ...short, VEILCAST_WEBHOOK_WAITS_MS: '1000,30000' }).join()).toContain('WEBHOOK_RETENTION_MS');
    expect(faultsOf({ ...short, VEILCAST_WEBHOOK_WAITS_MS: '1000,29999' })).toEqual([]);
    expect(faultsOf({ ...short, VEILCAST_WEBHOOK_WAITS_MS: '1', VEILCAST_LONGEST_CALL_MS: '30000' })).toHaveLength(1);
  });

  test('an unreadable or foreign file is an error', () => {
    expect(faultsOf({ ...enough, VEILCAST_CONFIG: '/nowhere.json' })).toHaveLength(1);
    const file = join(mkdtempSync(join(tmpdir(), 'veilcast-config-')), 'config.json');
    writeFileSync(file, JSON.stringify({ colour: 'blue' }));
    expect(faultsOf({ ...enough, VEILCAST_CONFIG: file }).join()).toContain('"colour"');
  });

  test('every default may be set explicitly', () => {
    const said: Record<string, string> = {};
    // A list of keys has another form there, and is empty by default.
    const { apiKeys, ...others } = loadConfig(enough);
    expect(apiKeys).toEqual([]);
    for (const [name, value] of Object.entries(others)) said[environmentName(name)] = String(value);
    expect(loadConfig(said)).toEqual(loadConfig(enough));
  });

  test('names in the environment follow from names in the file', () => {
    expect(environmentName('mediaFirstPort')).toBe('VEILCAST_MEDIA_FIRST_PORT');
  });
});

test.each([
  'unix:///run/redis.sock',
  'rediss://user:secret@redis.example:6380',
  'redis+sentinel://10.0.0.1:26379,sentinel.example/calls',
  'redis+sentinel://:secret@[fd00::1]:26379/calls',
  'redis+cluster://10.0.0.1:7000,10.0.0.2:7000',
])('%s is a Redis URL', (url) => {
  expect(loadConfig({ ...enough, VEILCAST_REDIS_URL: url }).redisUrl).toBe(url);
});

test.each(['redis+sentinel://10.0.0.1:26379', 'redis+sentinel:///calls', 'redis+cluster://', 'http://10.0.0.1'])(
  '%s is not',
  (url) => {
    expect(() => loadConfig({ ...enough, VEILCAST_REDIS_URL: url })).toThrow('VEILCAST_REDIS_URL');
  },
);
