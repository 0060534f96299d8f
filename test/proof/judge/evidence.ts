/** Everything that somebody received or that the operator keeps, by who has it, what it is and when it was. */
import type { Client } from '../stage/people.ts';

/** Who has a piece of evidence: it must tell nothing of any client but themselves; to the operator, of no client at all. */
export type Holder = Client | 'operator';

export interface Shelf {
  readonly holder: Holder;
  readonly what: string;
  /** The scenario. */
  readonly during: string;
  /** Encrypted, or media: some of its bytes are as good as random. */
  readonly random: boolean;
}
export interface Filed extends Shelf {
  readonly content: Buffer;
}
export interface Piece {
  readonly holder: Holder;
  readonly what: string;
  readonly random?: boolean;
  /** Unset: now. Milliseconds since the epoch. */
  readonly at?: number;
}

interface Chapter {
  readonly name: string;
  readonly from: number;
}

const separator = Buffer.from('\n');

export class Evidence {
  readonly #chapters: Chapter[] = [{ name: 'before', from: 0 }];
  readonly #shelves = new Map<string, { shelf: Shelf; parts: Buffer[]; seen: Set<string> }>();

  /** From now on everything belongs to this scenario. */
  begin(name: string): void {
    this.#chapters.push({ name, from: Date.now() });
  }

  during(at: number): string {
    return this.#chapters.findLast(({ from }) => from <= at)?.name ?? '';
  }

  get now(): string {
    return this.#chapters.at(-1)?.name ?? '';
  }

  add(piece: Piece, content: string | Buffer): void {
    this.#parts(piece).parts.push(Buffer.isBuffer(content) ? content : Buffer.from(content), separator);
  }

  /** For what is read again and again: the same text counts once. */
  addOnce(piece: Piece, content: string): void {
    const { parts, seen } = this.#parts(piece);
    if (seen.has(content)) return;
    seen.add(content);
    parts.push(Buffer.from(content, 'latin1'), separator);
  }

  /** To follow a stream of bytes without anything between its parts. */
  append(piece: Piece, content: Buffer): void {
    this.#parts(piece).parts.push(content);
  }

  get filed(): readonly Filed[] {
    return [...this.#shelves.values()].map(({ shelf, parts }) => ({ ...shelf, content: Buffer.concat(parts) }));
  }

  #parts({ holder, what, random = false, at }: Piece): { parts: Buffer[]; seen: Set<string> } {
    const during = at === undefined ? this.now : this.during(at);
    const key = `${holder} ${what} ${during} ${random}`;
    let found = this.#shelves.get(key);
    if (found === undefined) {
      found = { shelf: { holder, what, during, random }, parts: [], seen: new Set() };
      this.#shelves.set(key, found);
    }
    return found;
  }
}
