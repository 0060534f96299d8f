/**
 * The configuration of a process that runs. A reload reads its files again and applies what may change live. With a fault
 * anywhere, nothing changes.
 */
import type { TakenConfig } from '../../../config/load.ts';
import { environmentName, settings } from '../../../config/schema.ts';
import type { Config } from '../../../config/schema.ts';
import { secretsIn } from '../../../config/secrets.ts';
import { keepSecret } from '../../observability/scrub.ts';
import { SerialQueue } from '../../support/serialQueue.ts';

/** Names of variables. */
export interface Reload {
  readonly changed: readonly string[];
  /** They differ from what runs, and take effect with the next start. */
  readonly needRestart: readonly string[];
}

/** May reject: then nothing has changed. Steps that cannot fail come after those that can. */
export type Apply = (config: Config) => Promise<void> | void;

/** The settings that a reload changes. */
function liveOf(config: Config) {
  const { apiKey, apiKeys, tokenSecret, acceptedTokenSecret, turnUrls, turnSecret, turnTtlMs, logLevel } = config;
  return { apiKey, apiKeys, tokenSecret, acceptedTokenSecret, turnUrls, turnSecret, turnTtlMs, logLevel };
}

export class LiveConfig {
  readonly #readAgain: TakenConfig['readAgain'];
  readonly #steps = new Set<Apply>();
  readonly #queue = new SerialQueue();
  #config: Config;

  constructor({ config, readAgain }: TakenConfig) {
    this.#config = config;
    this.#readAgain = readAgain;
    keepSecret(secretsIn(config));
  }

  get config(): Config {
    return this.#config;
  }

  /** Runs with each reload, in the order of these calls. Returns how to stop that. */
  onReload(apply: Apply): () => void {
    this.#steps.add(apply);
    return () => {
      this.#steps.delete(apply);
    };
  }

  /**
   * Starts the process. Reloads wait until that is over: a part that starts has taken the former configuration, and does
   * not hear of changes yet.
   */
  start<Started>(work: () => Promise<Started>): Promise<Started> {
    return this.#queue.run(work);
  }

  /** Throws `ConfigError`, or what the first step throws. */
  reload(): Promise<Reload> {
    return this.#queue.run(async () => {
      const read = this.#readAgain();
      // Before anything can log them.
      keepSecret(secretsIn(read));
      const running = this.#config;
      const readLive = liveOf(read);
      const differing = settings
        .keyof()
        .options.filter((name) => JSON.stringify(read[name]) !== JSON.stringify(running[name]));
      const live = differing.filter((name) => name in readLive);
      const next = { ...running, ...readLive };
      if (live.length > 0) for (const apply of this.#steps) await apply(next);
      this.#config = next;
      return {
        changed: live.map(environmentName),
        needRestart: differing.filter((name) => !(name in readLive)).map(environmentName),
      };
    });
  }
}
