// @ts-check
// Preloaded into a server (`node --import`): a signal blocks its event loop, as a step that takes far too long would.
import { isMainThread } from 'node:worker_threads';

const blockedForMs = Number(process.env.BLOCK_LOOP_MS ?? 0);

if (isMainThread && blockedForMs > 0) {
  process.on('SIGUSR2', () => {
    const until = performance.now() + blockedForMs;
    while (performance.now() < until);
  });
}
