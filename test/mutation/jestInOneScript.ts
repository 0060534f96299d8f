/** The little of `@jest/globals` that tests of pure code use, so that they can be run thousands of times in one process. */
import { expect } from 'expect';

export { expect };

type Body = (...args: unknown[]) => unknown;
interface Case {
  readonly name: string;
  readonly run: () => unknown;
}

const cases: Case[] = [];
const names: string[] = [];

/** `describe` and `test` differ in when the body runs. */
function withEach(take: (name: string, body: Body, args: readonly unknown[]) => void) {
  const plain = (name: string, body: Body) => {
    take(name, body, []);
  };
  const each = (rows: readonly unknown[]) => (name: string, body: Body) => {
    for (const row of rows) take(name, body, Array.isArray(row) ? row : [row]);
  };
  return Object.assign(plain, { each });
}

export const describe = withEach((name, body, args) => {
  names.push(name);
  body(...args);
  names.pop();
});

export const test = withEach((name, body, args) => {
  cases.push({ name: [...names, name].join(' › '), run: () => body(...args) });
});

/** The name of the first of these tests that fails; undefined when all hold. */
export async function firstFailure(indexes: readonly number[]): Promise<string | undefined> {
  for (const { name, run } of cases.filter((_, index) => indexes.includes(index))) {
    try {
      await run();
    } catch {
      return name;
    }
  }
  return undefined;
}

/** Runs every test, and answers for each what `reached` says of it. All must hold. */
export async function reachedBy(reached: () => readonly number[]): Promise<readonly (readonly number[])[]> {
  const answers: (readonly number[])[] = [];
  for (const { run } of cases) {
    await run();
    answers.push(reached());
  }
  return answers;
}
