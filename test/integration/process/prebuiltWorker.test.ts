/** The ready-made media worker of the mediasoup project: fetched once where it is asked for by name, checked, and known for what it is. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { workerOrigin } from '../../../src/adapters/mediasoup/workers/workerOrigin.ts';
import { startProgram } from '../../support/processes/program.ts';

let cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp = [];
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'veilcast-prebuilt-'));
  cleanUp.push(() => rm(folder, { recursive: true }));
  return folder;
}

/** As the project would have built it: a worker that works, without the mark of our recipe. */
async function archiveOf(program: Buffer | string): Promise<Buffer> {
  const folder = await newFolder();
  await writeFile(join(folder, 'mediasoup-worker'), program, { mode: 0o755 });
  await promisify(execFile)('tar', ['-czf', 'worker.tgz', 'mediasoup-worker'], { cwd: folder });
  return readFile(join(folder, 'worker.tgz'));
}

async function workingArchive(): Promise<Buffer> {
  const ours = await readFile(process.env['MEDIASOUP_WORKER_BIN'] ?? 'dist/mediasoup-worker');
  const mark = ours.indexOf('veilcast-worker-recipe:');
  if (mark >= 0) ours.write('another--', mark, 'latin1');
  return archiveOf(ours);
}

/** The project's downloads, on loopback. */
async function startDownloads(archive: Buffer | undefined) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.statusCode = archive === undefined ? 404 : 200;
    response.end(request.method === 'HEAD' ? undefined : archive);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(() => server.close());
  const address = server.address();
  return { asked, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/releases` };
}

/** Runs one part of set-up with a cache of its own; its result is the last line. */
async function setUp(call: string, environment: Readonly<Record<string, string>>) {
  const program = [
    "import { createReporter } from './deploy/run/reporter.mjs';",
    "import { ensureMediasoupWorker } from './deploy/setup/mediasoupWorker.mjs';",
    "import { downloadWorker } from './deploy/setup/workerDownload.mjs';",
    `const log = createReporter(); console.log(await ${call});`,
  ];
  const { ended, output } = startProgram(['--input-type=module', '--eval', program.join('\n')], { environment });
  expect([await ended, output()]).toEqual([0, expect.any(String)]);
  return { output: output(), result: output().trim().split('\n').at(-1) ?? '' };
}

test('it is used if requested by name, reported as prebuilt, and downloaded once', async () => {
  const downloads = await startDownloads(await workingArchive());
  const environment = {
    XDG_CACHE_HOME: await newFolder(),
    VEILCAST_MEDIA_WORKER_ORIGIN: 'prebuilt',
    MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL: downloads.url,
  };
  const first = await setUp('ensureMediasoupWorker({ log })', environment);
  expect(first.output).toContain('The media worker is the ready-made one, without the limits of ours');
  expect(await workerOrigin(first.result)).toMatchObject({ origin: 'prebuilt', recipe: 0 });
  expect(downloads.asked.map((one) => one.split(' ')[0])).toEqual(['HEAD', 'GET']);
  const second = await setUp('ensureMediasoupWorker({ log })', environment);
  expect(second.result).toBe(first.result);
  expect(downloads.asked).toHaveLength(2);
}, 60_000);

test.each([
  ['is not there', () => Promise.resolve(undefined), 'the download failed with status 404'],
  ['is no archive', () => Promise.resolve(Buffer.from('<html>')), 'No ready-made mediasoup worker: '],
])(
  'a download that %s gives no worker and says why',
  async (_, archive, words) => {
    const { url } = await startDownloads(await archive());
    const folder = JSON.stringify(await newFolder());
    const { output, result } = await setUp(`downloadWorker({ log, folder: ${folder} })`, {
      MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL: url,
    });
    expect(output).toContain(words);
    expect(result).toBe('undefined');
  },
  60_000,
);
