/** What every attempt is made with. */
import type { Person, Server } from '../../support/participant/person.ts';
import type { Recorded } from '../carol/carolOrders.ts';

export interface AttackOptions {
  readonly callees: readonly string[];
  readonly mediaPorts: readonly number[];
  readonly server: Server;
  readonly person: Person;
  readonly note: (kind: Recorded['kind'], bytes: Buffer) => void;
}

/** Text that Carol puts wherever text fits: nobody may get it from the server. */
export const canary = 'qZ7~canary-text';
