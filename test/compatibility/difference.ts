/** How two contracts differ in names, shapes and values. Texts for people may be written anew at any time. */
import * as z from 'zod';

export interface Change {
  /** Empty: it is new. */
  readonly before: string;
  /** Empty: it is gone. */
  readonly now: string;
}

/** Texts, and names that only documents use among themselves. */
const prose = new Set(['description', 'summary', 'title', 'message', 'help']);

/** One line for each value: `paths./v1/calls.post.operationId = "postCalls"`. */
export function linesOf(value: unknown, path = ''): string[] {
  const list = z.array(z.unknown()).safeParse(value);
  if (list.success) return list.data.flatMap((one, index) => linesOf(one, `${path}[${keyOf(one, index)}]`));
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success) return value === undefined ? [] : [`${path} = ${JSON.stringify(value)}`];
  const inside = Object.entries(object.data).flatMap(([name, one]) =>
    // A field of somebody's may have such a name: then it holds no text, but its schema.
    prose.has(name) && typeof one === 'string' ? [] : linesOf(one, path === '' ? name : `${path}.${name}`),
  );
  return inside.length === 0 ? [`${path} = {}`] : inside;
}

/** The order of names in a list is no promise. */
function keyOf(one: unknown, index: number): string {
  if (typeof one === 'string') return one;
  const named = z.object({ name: z.string() }).safeParse(one);
  return named.success ? named.data.name : String(index);
}

/** What differs beyond the changes that were announced: `-` was there before, `+` is there now. */
export function difference(before: unknown, now: unknown, changes: readonly Change[] = []): string[] {
  const renames = changes.filter((change) => change.before !== '' && change.now !== '');
  const renamed = linesOf(before).map((line) => renames.reduce((text, one) => renameIn(text, one), line));
  const old = new Set(renamed);
  const present = new Set(linesOf(now));
  const isGone = (line: string) => changes.some((one) => one.now === '' && isNamedIn(line, one.before));
  const isNew = (line: string) => changes.some((one) => one.before === '' && isNamedIn(line, one.now));
  return [
    ...[...old].filter((line) => !present.has(line) && !isGone(line)).map((line) => `- ${line}`),
    ...[...present].filter((line) => !old.has(line) && !isNew(line)).map((line) => `+ ${line}`),
  ].sort((one, other) => (one.slice(2) < other.slice(2) ? -1 : 1));
}

const wholeWord = (name: string) => new RegExp(`(?<!\\w)${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\w)`, 'g');

function renameIn(line: string, { before, now }: Change): string {
  return line.replace(wholeWord(before), () => now);
}

function isNamedIn(line: string, name: string): boolean {
  return wholeWord(name).test(line);
}

/** The rows of the changelog's tables of changed names: `| kind | before | now |`. */
export function announcedChanges(changelog: string): Change[] {
  const tables = changelog.matchAll(/^\| kind \| before \| now \|\n\|[-| ]+\|\n((?:\|.*\n)*)/gm);
  return [...tables].flatMap(([, rows = '']) =>
    rows
      .split('\n')
      .filter((row) => row !== '')
      .map((row) => {
        const [, , before = '', now = ''] = row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
        return { before, now };
      }),
  );
}
