/** Looks for needles in evidence: the same code for the run and for the leaks that are planted to show that it works. */
import type { Filed, Shelf } from './evidence.ts';
import { lowered } from './needles.ts';
import type { Needle } from './needles.ts';

export interface Finding extends Shelf {
  readonly owner: string;
  readonly needle: string;
  readonly offset: number;
  /** What is around it, for a person to judge. */
  readonly excerpt: string;
}

const excerptBytes = 60;

/** One finding a needle and shelf is enough. */
export function search(filed: Filed, needles: readonly Needle[]): readonly Finding[] {
  const { content, holder, random, what, during } = filed;
  const folded = lowered(content);
  const found: Finding[] = [];
  for (const needle of needles) {
    if (needle.owner === holder || (random && needle.short)) continue;
    const offset = place(needle.exact ? content : folded, needle);
    if (offset < 0) continue;
    const { owner, name } = needle;
    found.push({ holder, what, during, random, owner, needle: name, offset, excerpt: excerptOf(content, offset) });
  }
  return found;
}

function place(haystack: Buffer, { bytes, whole }: Needle): number {
  let at = haystack.indexOf(bytes);
  while (whole && at >= 0 && (isDigit(haystack[at - 1]) || isDigit(haystack[at + bytes.length]))) {
    at = haystack.indexOf(bytes, at + 1);
  }
  return at;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function excerptOf(content: Buffer, offset: number): string {
  const around = content.subarray(Math.max(0, offset - excerptBytes), offset + excerptBytes).toString('latin1');
  return around.replace(/[^\x20-\x7e]/g, '·');
}
