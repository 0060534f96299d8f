/** The media workers of a running node: what they may do, and who can end them. */
import { mkdtemp, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mediaWorkersOf } from '../../chaos/stage/processes.ts';
import { freePorts } from '../../support/processes/ports.ts';
import { startProgram } from '../../support/processes/program.ts';
import type { Program } from '../../support/processes/program.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { waitFor } from '../../support/waitFor.ts';

let redis: TestRedis;

beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());

const secrets = {
  VEILCAST_API_KEY: 'kP7-an-api-key-that-is-long-enough',
  VEILCAST_TOKEN_SECRET: 'Zq4-a-token-secret-that-is-long-enough-indeed',
  VEILCAST_TURN_SECRET: 'Xw9-a-turn-secret-that-is-long-enough-indeed',
};

/** `path`: where the node finds programs, such as those that the launcher is made of. */
async function startNode(path?: string): Promise<Program & { readonly workers: readonly number[] }> {
  const [http, admin, media] = await freePorts(3);
  const program = startProgram(['dist/server.js'], {
    ownGroup: true,
    environment: {
      ...secrets,
      ...(path === undefined ? {} : { PATH: path }),
      A_SECRET_OF_ANOTHER_PROGRAM: 'hunter2',
      VEILCAST_REDIS_URL: redis.url,
      VEILCAST_HTTP_PORT: String(http),
      VEILCAST_ADMIN_PORT: String(admin),
      VEILCAST_MEDIA_FIRST_PORT: String(media),
      VEILCAST_MEDIA_WORKERS: '1',
      VEILCAST_MEDIA_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'] ?? '',
      VEILCAST_DRAIN_TIMEOUT_MS: '500',
    },
  });
  await waitFor('the node to serve', () => program.output().includes('the node serves'), { withinMs: 40_000 }).catch(
    (error: unknown) => {
      throw new Error(program.output(), { cause: error });
    },
  );
  return { ...program, workers: await mediaWorkersOf(program.pid) };
}

/** Gone, or dead and not yet taken off the list by a parent that does not care. */
async function isGone(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return status === '' || /^State:\s+Z/m.test(status);
}

describe('a media worker', () => {
  test('has no secret, no setting, no permission, and no way to get one', async () => {
    const node = await startNode();
    const [pid = 0] = node.workers;
    expect(node.workers).toHaveLength(1);
    const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8');
    const environment = (await read('environ')).split('\0').filter((entry) => entry !== '');
    expect(environment.map((entry) => entry.split('=')[0])).toEqual(['MEDIASOUP_VERSION']);
    const status = await read('status');
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    const limits = await read('limits');
    expect(limits).toMatch(/^Max open files\s+8192\s+8192/m);
    expect(limits).toMatch(/^Max core file size\s+0\s+0/m);
    expect(limits).toMatch(/^Max data size\s+4294967296/m);
    if (process.getuid?.() === 0) {
      expect(status).toMatch(/^Uid:\s+61044\s+61044\s+61044\s+61044$/m);
      expect(status).toMatch(/^CapPrm:\s+0+$/m);
      expect(status).toMatch(/^CapBnd:\s+0+$/m);
    }
    // Nothing of the node is open in it: standard streams, the two channels, and what it opened itself.
    expect(node.output()).not.toContain('more rights than it needs');
    expect((await readdir(`/proc/${pid}/fd`)).length).toBeLessThan(40);
    node.signal('SIGTERM');
    expect(await node.ended).toBe(0);
    expect(await isGone(pid)).toBe(true);
  }, 60_000);

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'survives a %s to the process group until the node has drained',
    async (name) => {
      const node = await startNode();
      const [pid = 0] = node.workers;
      process.kill(-node.pid, name);
      expect(await node.ended).toBe(0);
      expect(node.output()).toContain('the node has stopped');
      // One that the signal had ended would have been replaced, with these words.
      expect(node.output()).not.toContain('a media worker died');
      await waitFor('the worker to end with its node', () => isGone(pid));
    },
    60_000,
  );

  test('ends with a killed node', async () => {
    const node = await startNode();
    const [pid = 0] = node.workers;
    // Not even then when it can do nothing by itself: the kernel ends it.
    process.kill(pid, 'SIGSTOP');
    node.signal('SIGKILL');
    await node.ended;
    await waitFor('the worker to be gone', () => isGone(pid));
  }, 60_000);

  test('runs without setpriv with the remaining limits, and the node logs what is missing', async () => {
    const programs = await mkdtemp(join(tmpdir(), 'veilcast-programs-'));
    for (const name of ['sh', 'env', 'id', 'true', 'setsid'])
      await symlink(await realpath(`/usr/bin/${name}`), join(programs, name));
    const node = await startNode(programs);
    const [pid = 0] = node.workers;
    const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8');
    expect(await read('status')).toMatch(/^NoNewPrivs:\s+0$/m);
    expect(await read('limits')).toMatch(/^Max open files\s+8192\s+8192/m);
    expect(await read('limits')).toMatch(/^Max core file size\s+0\s+0/m);
    expect((await read('environ')).split('=')[0]).toBe('MEDIASOUP_VERSION');
    const told = node
      .output()
      .split('\n')
      .filter((line) => line.includes('more rights than it needs'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('no_new_privs is off');
    node.signal('SIGTERM');
    expect(await node.ended).toBe(0);
    await rm(programs, { recursive: true });
  }, 60_000);
});
