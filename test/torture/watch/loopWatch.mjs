// @ts-check
// Preloaded into a server (`node --import`): tells how much CPU time the longest turns of its event loop took. CPU time,
// since a machine that is shared stalls a process from outside, too. A timer looks every few milliseconds: between two
// looks lie at most that and one turn, so that the figure is the longest turn, or up to that much more.
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import koffi from 'koffi';

const everyMs = 5;
const tellEveryMs = 1_000;
/** CLOCK_THREAD_CPUTIME_ID of clock_gettime(2): of this thread alone, without garbage collection on others. */
const threadCpu = 3;

const file = process.env.LOOP_WATCH_FILE;
if (file !== undefined && isMainThread) watch(file);

/** @param {string} path */
function watch(path) {
  const libc = koffi.load(null);
  const timespec = koffi.struct({ tv_sec: 'long', tv_nsec: 'long' });
  const clockGettime = libc.func('clock_gettime', 'int', ['int', koffi.out(koffi.pointer(timespec))]);
  const cpuMs = () => {
    const spent = { tv_sec: 0, tv_nsec: 0 };
    if (clockGettime(threadCpu, spent) !== 0) throw new Error('the CPU time of this thread cannot be read');
    return spent.tv_sec * 1000 + spent.tv_nsec / 1e6;
  };
  let [before, longest, told] = [cpuMs(), 0, Date.now()];
  setInterval(() => {
    const spent = cpuMs();
    longest = Math.max(longest, spent - before);
    before = spent;
    const now = Date.now();
    if (now - told < tellEveryMs) return;
    appendFileSync(path, `${JSON.stringify({ pid: process.pid, from: told, to: now, longestMs: longest })}\n`);
    [longest, told] = [0, now];
  }, everyMs).unref();
}
