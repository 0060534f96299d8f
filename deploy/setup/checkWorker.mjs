// @ts-check
import { fileURLToPath } from 'node:url';
import { CommandFailed, run } from './command.mjs';
import { checkout } from '../run/folders.mjs';

const handshake = fileURLToPath(new URL('handshake.mjs', import.meta.url));
const timeLimit = 20_000;

/**
 * Tries a mediasoup worker with real DTLS handshakes and media. Some builds start, answer, and crash at the first of them.
 * @param {string} binary
 * @param {{ timeout?: number }} [options]
 * @returns {Promise<{ ok: true } | { ok: false, why: string }>}
 */
export async function checkWorker(binary, { timeout = timeLimit } = {}) {
  try {
    await run(process.execPath, [handshake], {
      cwd: checkout,
      env: { ...process.env, MEDIASOUP_WORKER_BIN: binary },
      timeout,
    });
    return { ok: true };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const killed = error.message.includes('ended by SIGKILL');
    return { ok: false, why: killed ? `no media arrived within ${timeout / 1000} s` : error.output };
  }
}
