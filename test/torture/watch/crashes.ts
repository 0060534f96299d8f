/** Processes that ended though nobody ended them; each is started again, so that the rest of the torture meets something. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../../chaos/stage/stage.ts';

const lookEveryMs = 100;

export class CrashWatch {
  readonly crashes: string[] = [];
  /** Of nodes that were started again, by process id: since when they serve. */
  readonly servesSince = new Map<number, number>();
  readonly #stage: Stage;
  readonly #tell: (line: string) => void;
  #watching: Promise<void> | undefined;
  #stopped = false;

  constructor(stage: Stage, tell: (line: string) => void) {
    this.#stage = stage;
    this.#tell = tell;
  }

  start(): void {
    this.#watching = this.#watch().catch((error: unknown) => {
      this.#found(`what had ended could not be started again: ${String(error)}`);
    });
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#watching;
    for (const [name, node] of this.#stage.nodes) this.#countWorkers(name, node.logs());
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      for (const [name, node] of this.#stage.nodes) {
        const ended = node.ended();
        if (ended === undefined) continue;
        this.#countWorkers(name, node.logs());
        this.#found(`${name} ended with ${ended}: ${lastOutput(node.logs())}`);
        await this.#stage.killNode(name);
        const { pid } = await this.#stage.startNode(name);
        this.servesSince.set(pid, Date.now());
      }
      const ended = this.#stage.jobs?.ended();
      if (ended !== undefined) {
        this.#found(`the lifecycle workers ended with ${ended}`);
        await this.#stage.startJobs();
      }
      await delay(lookEveryMs);
    }
  }

  #countWorkers(name: string, logs: string): void {
    const died = logs.split('\n').filter((line) => line.includes('"a media worker died"')).length;
    for (let count = 0; count < died; count += 1) this.#found(`a media worker of ${name} died`);
  }

  #found(what: string): void {
    this.#tell(`crash: ${what}`);
    this.crashes.push(what);
  }
}

/** The error in what it wrote last, without a stack. */
export function lastOutput(logs: string): string {
  const lines = logs.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('{'));
  return (
    lines.findLast((line) => /Error|error/.test(line) && !line.trim().startsWith('at ')) ??
    lines.at(-1) ??
    ''
  ).trim();
}
