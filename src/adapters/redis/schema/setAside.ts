/**
 * Unreadable values are renamed, so that they do no harm: they stay for a day, for people to look at. Their reader
 * continues as if they were missing.
 */
import * as z from 'zod';
import type { RedisConnection } from '../connection/connection.ts';
import type { LuaScript } from '../connection/luaScript.ts';
import type { RedisKeys } from './keys.ts';
import { dataInventory } from './dataInventory.ts';
import type { RedisType } from './dataInventory.ts';
import setAsideKeys from './setAsideKeys.lua';
import { currentSchemaVersion } from './versions/schemaVersion.ts';
import { parsed } from './values.ts';
import type { OnLeftOut } from './values.ts';

/** Called for each key that was set aside, with its kind only: the key may name a user. */
export type OnSetAside = (kind: string, why: string) => void;

/** Can only run scripts. */
export interface ScriptRunner {
  script(script: LuaScript, keys: string[], values: string[]): Promise<unknown>;
}

/** Options of stores that continue when a value cannot be read. */
export interface Reading {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** If absent, nothing may be moved: an unreadable value is then an error. */
  readonly setAside?: SetAside;
  readonly onUnreadable?: OnLeftOut;
}

const keptForMs = 24 * 3_600_000;
const numbers = z.array(z.int());

interface Suspect {
  readonly key: string;
  readonly why: readonly ['type', RedisType] | readonly ['text', string] | readonly ['field', string, string];
}

export class SetAside {
  readonly #keys: RedisKeys;
  readonly #onSetAside: OnSetAside;
  readonly #kinds: readonly { readonly key: string; readonly pattern: RegExp; readonly type: RedisType }[];
  /** Keys without an id in their name: all processes use them. */
  readonly #alone: readonly string[];

  constructor(keys: RedisKeys, onSetAside: OnSetAside) {
    this.#keys = keys;
    this.#onSetAside = onSetAside;
    const prefix = keys.users.slice(0, -'users'.length);
    this.#kinds = Object.values(dataInventory)
      .flat()
      .map(({ key, type }) => ({ key, type, pattern: patternOf(prefix, key) }));
    this.#alone = [
      ...this.#kinds.filter(({ key }) => !key.includes('{') && !ofTheStore.has(key)).map(({ key }) => prefix + key),
      ...[keys.callsIn('ringing'), keys.callsIn('active')],
    ];
  }

  /** Sets aside keys of a wrong type: of `keys`, and of the shared ones. Returns whether there were any. */
  async wrongTypes(runner: ScriptRunner, keys: readonly string[]): Promise<boolean> {
    const suspects = [...new Set([...keys, ...this.#alone])].flatMap((key): Suspect[] => {
      const kind = this.#kindOf(key);
      return kind === undefined || ofTheStore.has(kind.key) ? [] : [{ key, why: ['type', kind.type] }];
    });
    return this.#move(runner, suspects);
  }

  /** A string, or a field of a hash, whose text cannot be read. */
  async unreadable(runner: ScriptRunner, key: string, text: string, field?: string): Promise<void> {
    await this.#move(runner, [{ key, why: field === undefined ? ['text', text] : ['field', field, text] }]);
  }

  async #move(runner: ScriptRunner, suspects: readonly Suspect[]): Promise<boolean> {
    const answer = await runner.script(
      setAsideKeys,
      [this.#keys.schema, ...suspects.flatMap(({ key }) => [key, this.#keys.setAside(key)])],
      [
        String(currentSchemaVersion),
        String(keptForMs),
        ...suspects.flatMap(({ why: [what, one, other = ''] }) => [what, one, other]),
      ],
    );
    const moved = parsed(numbers, answer).flatMap((number) => suspects[number - 1] ?? []);
    for (const { key, why } of moved) {
      this.#onSetAside(this.#kindOf(key)?.key ?? 'unknown', why[0] === 'type' ? 'its type' : 'its value');
    }
    return moved.length > 0;
  }

  #kindOf(key: string) {
    return this.#kinds.find(({ pattern }) => pattern.test(key));
  }
}

/** Throws the error if nothing may be moved. */
export async function setAsideOr(
  { setAside, connection }: Pick<Reading, 'setAside' | 'connection'>,
  { key, text, field }: { readonly key: string; readonly text: string; readonly field?: string },
  error: unknown,
): Promise<void> {
  if (setAside === undefined) throw error;
  await setAside.unreadable(connection, key, text, field);
}

/** Keys that say which program may use the store. They are never set aside: a process that cannot read them stops. */
const ofTheStore: ReadonlySet<string> = new Set(['schema', 'schema:lease', 'installation']);

/** Patterns for the variable parts of a name. An id never contains `:`. */
const parts: Readonly<Record<string, string>> = {
  call: 'call_[^:]+',
  phase: '(?:ringing|active)',
  ticket: 'tic_[^:]+',
  relation: '(?:follows|address_book|blocks|wrote_to|accepted)',
  key: '.+',
};

function patternOf(prefix: string, key: string): RegExp {
  const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pieces = key
    .split(/\{(\w+)\}/)
    .map((piece, index) => (index % 2 === 0 ? escape(piece) : (parts[piece] ?? '[^:]+')));
  return new RegExp(`^${escape(prefix)}${pieces.join('')}$`);
}
