/** The built programs as a stranger starts them: they serve, stop, and say in words what is missing. */
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSlowLine } from '../../support/networks/slowLine.ts';
import { freePorts } from '../../support/processes/ports.ts';
import { startProgram } from '../../support/processes/program.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';

const programs = ['dist/server.js', 'dist/workers.js'];
const secrets = {
  VEILCAST_API_KEY: 'kP7-an-api-key-that-is-long-enough',
  VEILCAST_TOKEN_SECRET: 'Zq4-a-token-secret-that-is-long-enough-indeed',
};
const stack = /\n\s+at /;
type Settings = Record<string, string>;
let redis: TestRedis;
let folder: string;

beforeAll(async () => {
  redis = await TestRedis.start();
  folder = await mkdtemp(join(tmpdir(), 'veilcast-entry-'));
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true });
});

async function settings(): Promise<Record<string, string>> {
  const [http, admin, workersAdmin, media] = await freePorts(4);
  return {
    ...secrets,
    VEILCAST_REDIS_URL: redis.url,
    VEILCAST_HTTP_PORT: String(http),
    VEILCAST_ADMIN_PORT: String(admin),
    VEILCAST_WORKERS_ADMIN_PORT: String(workersAdmin),
    VEILCAST_MEDIA_FIRST_PORT: String(media),
    VEILCAST_MEDIA_WORKERS: '1',
    VEILCAST_MEDIA_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'] ?? '',
  };
}

test('a node and lifecycle workers run beside each other from one environment, in any folder, and stop when told', async () => {
  const environment = await settings();
  const started = programs.map((program) => startProgram([resolve(program)], { environment, cwd: folder }));
  const adminPorts = [environment['VEILCAST_ADMIN_PORT'], environment['VEILCAST_WORKERS_ADMIN_PORT']];
  for (const [index, program] of started.entries()) {
    await waitFor(`${programs[index] ?? ''} to be ready\n${program.output()}`, () =>
      fetch(`http://127.0.0.1:${adminPorts[index] ?? ''}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    if (index === 0) {
      const metrics = await fetch(`http://127.0.0.1:${adminPorts[0] ?? ''}/metrics`);
      expect(await metrics.text()).toMatch(
        /^veilcast_media_worker_info\{origin="recipe",recipe="\d+",version="[\d.]+"\} 1$/m,
      );
      expect(program.output()).toContain('the media worker is built by our recipe');
    }
    program.signal('SIGTERM');
  }
  expect(await Promise.all(started.map(({ ended }) => ended))).toEqual([0, 0]);
}, 60_000);

test('lifecycle workers are not ready before their queues run', async () => {
  // So that it takes them a while.
  const line = await openSlowLine(redis.url, 50);
  const environment: Settings = {
    ...(await settings()),
    VEILCAST_REDIS_URL: line.url,
    VEILCAST_REDIS_PREFIX: 'slow',
  };
  const program = startProgram(['dist/workers.js'], { environment });
  const port = environment['VEILCAST_WORKERS_ADMIN_PORT'];
  const answers: string[] = [];
  await waitFor(
    'them to be ready',
    async () => {
      const response = await fetch(`http://127.0.0.1:${port ?? ''}/readyz`).catch(() => undefined);
      if (response !== undefined) answers.push(await response.text());
      return response?.ok;
    },
    { withinMs: 60_000, everyMs: 5 },
  );
  expect(answers[0]).toMatch(/^\{"status":"not_ready","failing":\[.*"workers"\]\}$/);
  program.signal('SIGTERM');
  expect(await program.ended).toBe(0);
  line.close();
}, 90_000);

describe.each(programs)('%s that cannot start says why in one line and exits with 1', (program) => {
  const said = async (environment: Record<string, string>, path = program) => {
    const { ended, output } = startProgram([path], { environment });
    expect(await ended).toBe(1);
    expect(output()).not.toMatch(stack);
    return output();
  };

  test('without settings', async () => {
    const output = await said({});
    for (const name of ['REDIS_URL', 'API_KEY', 'TOKEN_SECRET']) {
      expect(output).toContain(`VEILCAST_${name}: must be set`);
    }
  });

  test('with a missing settings file', async () => {
    const output = await said({ ...(await settings()), VEILCAST_CONFIG: join(folder, 'none.json') });
    expect(output).toContain('VEILCAST_CONFIG');
    expect(output).toContain('there is no such file');
  });

  test('with a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = typeof address === 'object' ? String(address?.port) : '';
    const name = program === 'dist/server.js' ? 'VEILCAST_ADMIN_PORT' : 'VEILCAST_WORKERS_ADMIN_PORT';
    const output = await said({ ...(await settings()), [name]: taken });
    expect(output).toContain(`${name}: cannot listen on 127.0.0.1 port ${taken} (another program uses it)`);
    other.close();
  }, 60_000);

  test('without its packages', async () => {
    const bare = join(folder, `bare-${program.replace('/', '-')}`);
    await cp('dist', join(bare, 'dist'), { recursive: true });
    await writeFile(join(bare, 'package.json'), '{ "type": "module" }');
    const output = await said(await settings(), join(bare, program));
    expect(output).toMatch(/^The package \S+ is not installed: run "npm run setup"/);
  });
});

test.each([
  [
    'nothing is built',
    async (copy: string) => rm(join(copy, 'dist'), { recursive: true, force: true }),
    'dist/server.js has not been built',
  ],
  [
    'no packages are installed',
    async (copy: string) => cp('dist', join(copy, 'dist'), { recursive: true }),
    'The npm packages are not installed',
  ],
])('`npm run start:node` says what to do when %s', async (_, arrange, words) => {
  const copy = await mkdtemp(join(folder, 'checkout-'));
  for (const part of ['deploy', 'package.json']) await cp(part, join(copy, part), { recursive: true });
  await arrange(copy);
  const { ended, output } = startProgram([join(copy, 'deploy/run/run.mjs'), 'dist/server.js']);
  expect(await ended).toBe(1);
  expect(output().trim()).toBe(`${words}: run "npm run setup" in ${copy} first.`);
});

test('production runs only a media worker built by the recipe, unless the operator allows another', async () => {
  const foreign = join(folder, 'foreign-worker');
  await writeFile(foreign, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const environment = { ...(await settings()), VEILCAST_MEDIA_WORKER_BIN: foreign };
  const refused = startProgram(['dist/server.js'], { environment });
  expect(await refused.ended).toBe(1);
  expect(refused.output()).toContain('the media worker there is given, and production requires one of recipe');
  const taken = startProgram(['dist/server.js'], {
    environment: { ...environment, VEILCAST_MEDIA_WORKER_ORIGIN: 'given' },
  });
  expect(await taken.ended).toBe(1);
  expect(taken.output()).toContain('is not built by our recipe');
  expect(taken.output()).toContain('cannot start a media worker there');
}, 60_000);

describe('no wrong setting makes a program print a secret', () => {
  const needles = {
    redis: 'Needle-Redis-77',
    api: 'Needle-Api-key-that-is-long-enough',
    token: 'Needle-Token-secret-that-is-long-enough',
    turn: 'Needle-Turn-secret-that-is-long-enough',
  };
  const given = {
    VEILCAST_API_KEY: needles.api,
    VEILCAST_TOKEN_SECRET: needles.token,
    VEILCAST_TURN_SECRET: needles.turn,
    VEILCAST_LOG_LEVEL: 'debug',
  };
  const closedPort = async () => (await freePorts(1))[0] ?? 0;
  const cases: readonly [string, () => Settings | Promise<Settings>][] = [
    ['a Redis URL that is none', () => ({ VEILCAST_REDIS_URL: `redis://:${needles.redis}@[broken` })],
    [
      'a Redis that is not there',
      async () => ({ VEILCAST_REDIS_URL: `redis://:${needles.redis}@127.0.0.1:${await closedPort()}` }),
    ],
    [
      'sentinels that are not there',
      async () => ({ VEILCAST_REDIS_URL: `redis+sentinel://:${needles.redis}@127.0.0.1:${await closedPort()}/calls` }),
    ],
    [
      'a file that is no JSON',
      async () => {
        await writeFile(
          join(folder, 'broken.json'),
          `{ "apiKey": "${needles.api}" "tokenSecret": "${needles.token}" }`,
        );
        return { VEILCAST_CONFIG: join(folder, 'broken.json') };
      },
    ],
    ['a media worker that is not there', () => ({ VEILCAST_MEDIA_WORKER_BIN: join(folder, 'no-worker') })],
    ['a media worker that is none', () => ({ VEILCAST_MEDIA_WORKER_BIN: '/bin/false' })],
    ['an address that is not of this machine', () => ({ VEILCAST_MEDIA_LISTEN_ADDRESSES: '10.255.255.254' })],
  ];

  test.each(cases)(
    '%s',
    async (_, wrong) => {
      const { ended, output, signal } = startProgram(['dist/server.js'], {
        environment: { ...(await settings()), ...given, ...(await wrong()) },
      });
      let isRunning = true;
      void ended.then(() => (isRunning = false));
      // Some wait for a Redis that may come; what they say meanwhile is what counts.
      await waitFor('a start in vain', () => !isRunning || output().includes('Redis cannot be reached yet'));
      signal('SIGKILL');
      await ended;
      expect(output()).not.toBe('');
      for (const needle of Object.values(needles)) expect(output()).not.toContain(needle);
      expect(output()).not.toContain('Needle');
    },
    40_000,
  );
});

test('a running program writes no diagnostic report, which would list the addresses of all clients', async () => {
  const reports = await mkdtemp(join(folder, 'reports-'));
  const options = ['--report-on-signal', '--report-on-fatalerror', '--report-uncaught-exception'];
  const program = startProgram([...options, `--report-directory=${reports}`, 'dist/server.js'], {
    environment: await settings(),
  });
  await waitFor('the node to serve', () => program.output().includes('the node serves'), { withinMs: 60_000 });
  expect(program.output()).toContain('diagnostic reports are off');
  program.signal('SIGUSR2');
  await waitFor('the report to be refused', () => program.output().split('diagnostic reports are off').length === 3);
  program.signal('SIGTERM');
  expect(await program.ended).toBe(0);
  expect(await readdir(reports)).toEqual([]);
}, 120_000);
