/** Everything that is asserted, and how it came out. */

export interface Check {
  readonly during: string;
  readonly what: string;
  readonly held: boolean;
  readonly detail: string;
}

export class Checks {
  readonly all: Check[] = [];
  readonly #tell: (line: string) => void;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  add(check: Check): void {
    this.all.push(check);
    if (!check.held) this.#tell(`FAILED (${check.during}): ${check.what}: ${check.detail}`);
  }

  get failed(): number {
    return this.all.filter(({ held }) => !held).length;
  }
}
