/**
 * Makes a process and the store agree on the schema version. One process migrates an older store while the others wait,
 * and only if no process of an older version is alive. A store of a newer program is refused.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { Clock } from '../../../../ports/system/clock.ts';
import type { Log } from '../../../../ports/system/log.ts';
import type { RedisConnection } from '../../connection/connection.ts';
import type { LuaScript } from '../../connection/luaScript.ts';
import type { RedisKeys } from '../keys.ts';
import { parsed, parsedJson } from '../values.ts';
import { fenced } from './fenced.ts';
import enterStore from './enterStore.lua';
import releaseLease from './releaseLease.lua';
import renewProcess from './renewProcess.lua';
import takeMigrationLease from './takeMigrationLease.lua';
import writeSchema from './writeSchema.lua';
import type { Migration, MigrationContext } from './migration.ts';
import { migrations as allMigrations } from './migrations.ts';
import { currentSchemaVersion, storedSchemaVersion, unversioned } from './schemaVersion.ts';
import type { MigrationProgress, StoredSchemaVersion } from './schemaVersion.ts';
import { StoreRefusal } from './storeRefusal.ts';
import { liveUnversioned } from './unversionedProcesses.ts';

export interface SchemaVersionCheckOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly redisPrefix: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Stored text of the installation: restored if the store has lost it. */
  readonly installation: string;
  /** Aborted if the process is to stop before it has started. */
  readonly stopping?: AbortSignal | undefined;
  /** How long programs without a version are observed: longer than the silence of any of them. */
  readonly observeMs?: number;
  /** A process without a sign of life for this long counts as gone. */
  readonly processLeaseMs?: number;
  readonly migrationLeaseMs?: number;
  /** For tests: the version of another program. */
  readonly version?: number;
  readonly migrations?: readonly Migration[];
}

const renewalsPerLease = 4;
const lookAgainMs = 500;
const enterAnswer = z.enum(['entered', 'changed']);
const leaseAnswer = z.union([z.enum(['taken', 'changed', 'held']), z.stringFormat('count', /^\d+$/)]);

interface Known {
  /** As stored; '' if nothing is. */
  readonly text: string;
  readonly schema: StoredSchemaVersion;
}

const earlierProcesses = 'processes of the version before are alive: the migration waits until they have ended';

/** Result of one look at the store. */
type Step = 'entered' | 'again' | 'wait';

export class SchemaVersionCheck {
  readonly #options: SchemaVersionCheckOptions;
  readonly #processId = `p_${randomBytes(9).toString('base64url')}`;
  readonly #version: number;
  readonly #processLeaseMs: number;
  readonly #migrationLeaseMs: number;
  #installation: string;
  #entered = '';
  #timer: NodeJS.Timeout | undefined;
  #isCurrent = true;
  #said = '';

  private constructor(options: SchemaVersionCheckOptions) {
    this.#options = options;
    this.#installation = options.installation;
    this.#version = options.version ?? currentSchemaVersion;
    this.#processLeaseMs = options.processLeaseMs ?? 10_000;
    this.#migrationLeaseMs = options.migrationLeaseMs ?? 10_000;
  }

  /**
   * Resolves when the store has the version of this program. Throws `StoreRefusal` for a newer one, `unavailable` if
   * Redis cannot be reached, and an `AbortError` if the process is to stop.
   */
  static async open(options: SchemaVersionCheckOptions): Promise<SchemaVersionCheck> {
    const opened = new SchemaVersionCheck(options);
    for (let step = await opened.#enter(); step !== 'entered'; step = await opened.#enter()) {
      if (step === 'wait') await delay(lookAgainMs, undefined, { signal: options.stopping });
    }
    opened.#timer = setInterval(() => void opened.#renew(), opened.#processLeaseMs / renewalsPerLease).unref();
    return opened;
  }

  /**
   * False if another program has changed the version, or Redis has come back with older data: nothing new may begin.
   */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** The installation after a change of its secret. */
  replaceInstallation(installation: string): void {
    this.#installation = installation;
  }

  /** Unregisters this process. Waits no longer than one Redis command. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const { connection, keys } = this.#options;
    await connection
      .run((client) =>
        Promise.all([client.hDel(keys.processes, this.#processId), client.del(keys.process(this.#processId))]),
      )
      .catch(() => undefined);
  }

  async #enter(): Promise<Step> {
    const known = await this.#read();
    if (known === undefined) return this.#register('', this.#schemaNow(this.#version));
    const { schema } = known;
    const reached = Math.max(schema.version, schema.migration?.to ?? 0);
    if (reached > this.#version) {
      throw new StoreRefusal(
        `The store has schema version ${reached}, and this program knows only version ${this.#version}: ` +
          `start the newer program that wrote it, or use another Redis or prefix.`,
      );
    }
    if (schema.version === this.#version && schema.migration === undefined) return this.#register(known.text, schema);
    return this.#migrate(known);
  }

  /** Undefined if the store holds no data of ours. */
  async #read(): Promise<Known | undefined> {
    const { connection, keys } = this.#options;
    const [text, used] = await connection.run((client) =>
      Promise.all([client.get(keys.schema), client.exists([...keys.inEveryUsedStore])]),
    );
    if (text === null) {
      return used === 0 ? undefined : { text: '', schema: { version: unversioned, since: 0, by: '' } };
    }
    return { text, schema: readSchema(text) };
  }

  async #register(expected: string, schema: StoredSchemaVersion): Promise<Step> {
    const { connection, keys } = this.#options;
    const text = expected === '' ? JSON.stringify(schema) : expected;
    const answer = await connection.script(
      enterStore,
      [keys.schema, keys.processes, keys.process(this.#processId), keys.process(''), ...keys.inEveryUsedStore],
      [expected, text, this.#processId, String(this.#version), String(this.#processLeaseMs)],
    );
    if (parsed(enterAnswer, answer) === 'changed') return 'again';
    this.#entered = text;
    this.#say('');
    return 'entered';
  }

  async #renew(): Promise<void> {
    const { connection, keys, log } = this.#options;
    try {
      const answer = await connection.script(
        renewProcess,
        [keys.schema, keys.processes, keys.process(this.#processId), keys.installation],
        [this.#entered, this.#processId, String(this.#version), String(this.#processLeaseMs), this.#installation],
      );
      const { version, migration } = readSchema(parsed(z.string(), answer));
      const isCurrent = version === this.#version && migration === undefined;
      if (isCurrent === this.#isCurrent) return;
      this.#isCurrent = isCurrent;
      if (isCurrent) log.info('the store has the schema version of this program again');
      else {
        const words = `the store has another schema version than this program: no new calls until this process is restarted`;
        log.error(words, { reason: `version ${version}, not ${this.#version}` });
      }
    } catch (error) {
      // The connection reports an outage; the next renewal comes soon.
      if (!(error instanceof StoreRefusal)) return;
      this.#isCurrent = false;
      log.error(error.message);
    }
  }

  async #migrate({ text, schema }: Known): Promise<Step> {
    const { connection, keys, log, observeMs } = this.#options;
    const migration = (this.#options.migrations ?? allMigrations).find(({ from }) => from === schema.version);
    if (migration === undefined) {
      throw new StoreRefusal(`The store has schema version ${schema.version}, from which this program cannot migrate.`);
    }
    if (schema.version === unversioned) {
      const alive = await liveUnversioned({ connection, keys, observeMs: observeMs ?? 4_000 });
      if (alive > 0) {
        this.#say(earlierProcesses, alive);
        return 'wait';
      }
    }
    const progress = progressOf(migration, schema, this.#options.clock.now());
    const answer = await connection.script(
      takeMigrationLease,
      [keys.schema, keys.processes, keys.migrationLease, keys.process('')],
      [text, JSON.stringify({ ...schema, migration: progress }), this.#processId, String(this.#migrationLeaseMs)],
    );
    const taken = parsed(leaseAnswer, answer);
    if (taken === 'changed') return 'again';
    if (taken === 'held') {
      this.#say('another process migrates the store: this one waits');
      return 'wait';
    }
    if (taken !== 'taken') {
      this.#say(earlierProcesses, Number(taken));
      return 'wait';
    }
    this.#say('');
    log.info('the migration of the store started', { reason: `from version ${migration.from} to ${migration.to}` });
    await this.#run(migration, { ...schema, migration: progress });
    log.info('the migration of the store finished', { reason: `to version ${migration.to}` });
    return 'again';
  }

  async #run(
    migration: Migration,
    begun: StoredSchemaVersion & { readonly migration: MigrationProgress },
  ): Promise<void> {
    const { connection, keys, redisPrefix, stopping } = this.#options;
    const change = (script: LuaScript, keysOf: readonly string[], values: readonly string[]) =>
      connection.script(
        this.#fencedOf(script),
        [keys.migrationLease, ...keysOf],
        [this.#processId, String(this.#migrationLeaseMs), ...values],
      );
    const save = (schema: StoredSchemaVersion) => change(writeSchema, [keys.schema], [JSON.stringify(schema)]);
    const context: MigrationContext = { connection, keys, prefix: `{${redisPrefix}}`, redisPrefix, change };
    let { step, cursor, run } = begun.migration;
    let index = migration.steps.findIndex(({ name }) => name === step);
    // An unknown step was renamed: start again, since all steps are safe to repeat.
    if (index === -1) index = 0;
    try {
      for (let current = migration.steps[index]; current !== undefined; current = migration.steps[index]) {
        stopping?.throwIfAborted();
        const now = await this.#serverRun();
        const next = await current.run(context, now === run ? cursor : '');
        if (next === undefined) index += 1;
        [step, cursor, run] = [migration.steps[index]?.name ?? '', next ?? '', now];
        // The end of the last step is not stored by itself: the new version is.
        if (step !== '') await save({ ...begun, migration: { ...begun.migration, step, cursor, run } });
      }
      await save(this.#schemaNow(migration.to));
    } finally {
      await connection.script(releaseLease, [keys.migrationLease], [this.#processId]).catch(() => undefined);
    }
  }

  readonly #fenced = new Map<LuaScript, LuaScript>();
  #fencedOf(script: LuaScript): LuaScript {
    const made = this.#fenced.get(script) ?? fenced(script);
    this.#fenced.set(script, made);
    return made;
  }

  /** Cursors are not valid for another run of Redis, which orders its keys anew. */
  async #serverRun(): Promise<string> {
    const info = await this.#options.connection.run((client) => client.info('server'));
    return /^run_id:(\w+)/m.exec(info)?.[1] ?? '';
  }

  #schemaNow(version: number): StoredSchemaVersion {
    return { version, since: this.#options.clock.now(), by: this.#processId };
  }

  /** Logs each reason for waiting once. */
  #say(words: string, count?: number): void {
    const said = `${words} ${count ?? ''}`;
    if (said === this.#said) return;
    this.#said = said;
    if (words !== '') this.#options.log.warn(words, count === undefined ? {} : { count });
  }
}

function readSchema(text: string): StoredSchemaVersion {
  try {
    return parsedJson(storedSchemaVersion, text);
  } catch (error) {
    throw new StoreRefusal(
      'The schema version of the store cannot be read: a newer program wrote it, or it is damaged.',
      {
        cause: error,
      },
    );
  }
}

/** Continues a migration that has begun, or begins one. */
function progressOf(migration: Migration, { migration: begun }: StoredSchemaVersion, now: number): MigrationProgress {
  if (begun?.to === migration.to) return begun;
  return { to: migration.to, startedAt: now, step: migration.steps[0]?.name ?? '', cursor: '', run: '' };
}
