/** Set-up that cannot write says where and what helps, in a sentence. Real file systems, in a mount namespace of their own. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inWords } from '../../../deploy/run/unwritable.mjs';

const mayMount = process.platform === 'linux' && spawnSync('unshare', ['-m', 'true']).status === 0;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilcast-unwritable-'));
  await mkdir(join(folder, 'place'));
  // What set-up does with each of its places, and nothing of what takes long.
  await writeFile(
    join(folder, 'set-up.mjs'),
    `const deploy = ${JSON.stringify(resolve('deploy'))};
     const { runAsCommand } = await import(deploy + '/run/entry.mjs');
     const { keepWorker } = await import(deploy + '/run/workerCache.mjs');
     const { startPrivateRedis } = await import(deploy + '/setup/privateRedis.mjs');
     const { ensureMediasoupWorker } = await import(deploy + '/setup/mediasoupWorker.mjs');
     const log = { line() {}, step: (title, work) => work(() => {}) };
     await runAsCommand(() => ({
       cache: () => ensureMediasoupWorker({ log }),
       binary: () => keepWorker(process.execPath, process.env.XDG_CACHE_HOME + '/veilcast/mediasoup-worker/key/mediasoup-worker'),
       state: () => startPrivateRedis({ log }),
     })[process.argv[2]]());`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** Set-up's last output, with `place` as the mount makes it. */
function said(mount: string, what: string): string {
  const place = join(folder, 'place');
  const { MEDIASOUP_WORKER_BIN: _, VEILCAST_MEDIA_WORKER_BIN: __, ...environment } = process.env;
  const { status, stderr } = spawnSync(
    'unshare',
    [
      '-m',
      'sh',
      '-c',
      `${mount.replaceAll('PLACE', place)} && exec "$0" "$@"`,
      process.execPath,
      join(folder, 'set-up.mjs'),
      what,
    ],
    {
      encoding: 'utf8',
      env: {
        ...environment,
        XDG_CACHE_HOME: join(place, 'cache'),
        XDG_STATE_HOME: join(place, 'state'),
        MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD: '1',
      },
    },
  );
  expect(status).toBe(1);
  return stderr.trim();
}

const readOnly = 'mount -t tmpfs -o ro none PLACE';
const full = 'mount -t tmpfs -o size=64k none PLACE';
const aFile = 'mount -t tmpfs none PLACE && touch PLACE/cache';

(mayMount ? describe : describe.skip)('in one sentence, with the folder and the remedy', () => {
  test.each([
    [
      'a read-only cache',
      readOnly,
      'cache',
      'it is read-only. Make it writable, or set XDG_CACHE_HOME to another folder.',
    ],
    ['a full cache', full, 'binary', 'the disk is full. Free disk space, or set XDG_CACHE_HOME to another folder.'],
    [
      'a file in place of the cache',
      aFile,
      'cache',
      'a file is in the way of the folder. Move it away, or set XDG_CACHE_HOME to another folder.',
    ],
    [
      'read-only data',
      readOnly,
      'state',
      'it is read-only. Make it writable, or set XDG_STATE_HOME to another folder.',
    ],
  ])('%s', (_, mount, what, words) => {
    const message = said(mount, what);
    expect(message).toMatch(new RegExp(`^Cannot write to ${join(folder, 'place')}`));
    expect(message).toContain(words);
    expect(message.split('\n')).toHaveLength(1);
  });
});

describe('errors of other programs are described in the same words', () => {
  test.each([
    [
      'npm',
      "npm install failed (exit code 1)\nnpm error EROFS: read-only file system, mkdir '/usr/lib/node_modules'",
      'it is read-only',
    ],
    [
      'the linker',
      `ninja failed (exit code 1)\n/usr/bin/ld: final link failed: No space left on device`,
      'the disk is full',
    ],
    [
      'esbuild',
      'Cannot build src/main.ts:\nFailed to write to output file: open /usr/dist/server.js: read-only file system',
      'it is read-only',
    ],
  ])('%s', (_, output, words) => {
    const told = inWords(new Error(output));
    expect(told instanceof Error ? told.message : '').toContain(`: ${words}. `);
    expect(told).toMatchObject({ name: 'SetupProblem' });
  });

  test('another failure is unchanged', () => {
    const bug = new TypeError('x is not a function');
    expect(inWords(bug)).toBe(bug);
    const gone = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', path: '/nowhere' });
    expect(inWords(gone)).toBe(gone);
  });
});
