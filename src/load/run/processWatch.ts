/** CPU and memory of processes of this machine and of all they have started, from /proc, about once a second. */
import { readdir, readFile } from 'node:fs/promises';
import type { ProcessUse, UseSample } from '../figures/result.ts';

/** Linux counts CPU in hundredths of a second for every program (`USER_HZ`). */
const ticksPerSecond = 100;
const pageMib = 4_096 / 2 ** 20;
const everyMs = 1_000;

interface Seen {
  readonly cpuSeconds: number;
  readonly memoryMib: number;
}
interface MachineTimes {
  readonly idle: number;
  readonly stolen: number;
  readonly all: number;
}
export interface MachineUse {
  /** Shares of all cores. */
  readonly busy: number;
  readonly stolen: number;
}

export class ProcessWatch {
  readonly #watched: ReadonlyMap<string, number>;
  readonly #samples: UseSample[] = [];
  #before = new Map<string, Seen>();
  #beforeAt = 0;
  #beganAt = 0;
  #began: MachineTimes | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  /** Names by process id. */
  private constructor(watched: ReadonlyMap<string, number>) {
    this.#watched = watched;
  }

  static async start(watched: ReadonlyMap<string, number>): Promise<ProcessWatch> {
    const watch = new ProcessWatch(watched);
    watch.#began = await machineTimes();
    watch.#before = await watch.#look();
    watch.#beganAt = performance.now();
    watch.#beforeAt = watch.#beganAt;
    watch.#timer = setInterval(() => {
      watch.#looking ??= watch.#sample().finally(() => (watch.#looking = undefined));
    }, everyMs);
    return watch;
  }

  /** `performance.now()` of the first look, from which the times of samples count. */
  get beganAt(): number {
    return this.#beganAt;
  }

  /** What was seen so far. */
  get samples(): readonly UseSample[] {
    return this.#samples;
  }

  /** Null where the system does not tell. */
  async stop(): Promise<MachineUse | null> {
    clearInterval(this.#timer);
    await this.#looking;
    const [began, ended] = [this.#began, await machineTimes()];
    if (began === undefined || ended === undefined || ended.all === began.all) return null;
    const all = ended.all - began.all;
    return { busy: 1 - (ended.idle - began.idle) / all, stolen: (ended.stolen - began.stolen) / all };
  }

  async #sample(): Promise<void> {
    const [now, seen] = [performance.now(), await this.#look()];
    const seconds = (now - this.#beforeAt) / 1_000;
    const cpu: Record<string, number> = {};
    const memoryMib: Record<string, number> = {};
    for (const [name, { cpuSeconds, memoryMib: mib }] of seen) {
      const before = this.#before.get(name);
      if (before !== undefined) cpu[name] = (cpuSeconds - before.cpuSeconds) / seconds;
      memoryMib[name] = mib;
    }
    this.#samples.push({ atMs: now - this.#beganAt, cpu, memoryMib });
    [this.#before, this.#beforeAt] = [seen, now];
  }

  async #look(): Promise<Map<string, Seen>> {
    const seen = new Map<string, Seen>();
    if (this.#watched.size === 0) return seen;
    const children = await childrenByParent();
    for (const [name, pid] of this.#watched) {
      const own = await seenOf(pid);
      if (own !== undefined) seen.set(name, own);
      for (const child of children.get(pid) ?? []) {
        const used = await seenOf(child.pid);
        // Not by its place: when one ends, another takes it, and the CPU of both would be one figure.
        if (used !== undefined) seen.set(`${name}/${child.name}-${child.pid}`, used);
      }
    }
    return seen;
  }
}

export function usesOf(samples: readonly UseSample[]): readonly ProcessUse[] {
  const names = new Set(samples.flatMap(({ cpu }) => Object.keys(cpu)));
  return [...names].map((name) => {
    const cpu = samples.flatMap((sample) => sample.cpu[name] ?? []);
    const memory = samples.flatMap((sample) => sample.memoryMib[name] ?? []);
    return {
      name,
      cpuMean: cpu.reduce((sum, one) => sum + one, 0) / cpu.length,
      cpuMost: Math.max(...cpu),
      memoryFirstMib: memory[0] ?? 0,
      memoryMostMib: Math.max(...memory),
      memoryLastMib: memory.at(-1) ?? 0,
    };
  });
}

/** A process that has ended meanwhile has no file. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** proc(5): after the name, which is in brackets and may hold anything, come the state, the parent and further fields. */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function seenOf(pid: number): Promise<Seen | undefined> {
  const stat = await textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = fieldsOf(stat);
  const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number);
  return { cpuSeconds: ((user ?? 0) + (system ?? 0)) / ticksPerSecond, memoryMib: (pages ?? 0) * pageMib };
}

async function childrenByParent(): Promise<ReadonlyMap<number, { readonly pid: number; readonly name: string }[]>> {
  const children = new Map<number, { readonly pid: number; readonly name: string }[]>();
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids) {
    const stat = await textOf(`/proc/${pid}/stat`);
    if (stat === undefined) continue;
    const parent = Number(fieldsOf(stat)[1]);
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    children.set(parent, [...(children.get(parent) ?? []), { pid, name }]);
  }
  return children;
}

async function machineTimes(): Promise<MachineTimes | undefined> {
  const [line] = (await textOf('/proc/stat'))?.split('\n') ?? [];
  if (line === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, hard = 0, soft = 0, stolen = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const all = user + nice + system + idle + waiting + hard + soft + stolen;
  return { idle: idle + waiting, stolen, all };
}
