/** Runs the tests that reach a mutant, each time in a fresh evaluation of the script that was compiled once. */
import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import * as z from 'zod';

const isFunction = (it: unknown) => typeof it === 'function';
const wrapperSchema = z.custom<(...args: unknown[]) => void>(isFunction);
const loadedSchema = z.object({
  firstFailure: z.custom<(indexes: readonly number[]) => Promise<string | undefined>>(isFunction),
  reachedBy: z.custom<(reached: () => readonly number[]) => Promise<readonly (readonly number[])[]>>(isFunction),
});

export type KillerOf = (mutant: number) => Promise<string | undefined>;

/** The test that notices the mutant; undefined when none does. `from` is where the script's packages are found. */
export async function killing(script: string, from: string): Promise<KillerOf> {
  const compiled = new Script(`(function (module, exports, require) {${script}\n})`, { filename: 'mutants.cjs' });
  const require = createRequire(from);
  const load = (isMutant: (id: number) => boolean) => {
    Object.assign(globalThis, { isMutant });
    const module = { exports: {} };
    wrapperSchema.parse(compiled.runInThisContext())(module, module.exports, require);
    return loadedSchema.parse(module.exports);
  };

  let reached = new Set<number>();
  const unchanged = load((id) => {
    reached.add(id);
    return false;
  });
  // What is evaluated once, when the modules load, is behind every test.
  const always = new Set(reached);
  const reachedBy = await unchanged.reachedBy(() => {
    const these = [...reached];
    reached = new Set();
    return these;
  });
  const sets = reachedBy.map((ids) => new Set(ids));
  const all = sets.map((_, index) => index);
  return async (mutant) => {
    const indexes = always.has(mutant) ? all : all.filter((index) => sets[index]?.has(mutant));
    if (indexes.length === 0) return undefined;
    try {
      return await load((id) => id === mutant).firstFailure(indexes);
    } catch {
      return 'it does not load';
    }
  };
}
