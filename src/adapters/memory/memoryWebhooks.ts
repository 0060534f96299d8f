/** Webhooks in this process: endpoints, and messages still to be delivered. */
import type { CallId, WebhookEndpointId } from '../../domain/kernel/ids.ts';
import type { DeadLetter, WebhookEndpoint, WebhookMessage } from '../../domain/webhooks/webhook.ts';
import { isUrgent } from '../../domain/webhooks/fairness.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type {
  Clearing,
  DeadLetters,
  Due,
  EndpointLanes,
  Lane,
  Taken,
  WaitingLane,
  WebhookEndpoints,
  WebhookMailbox,
  WebhookWakeUps,
} from '../../ports/webhooks/webhooks.ts';

export class MemoryWebhookEndpoints implements WebhookEndpoints {
  #all: readonly WebhookEndpoint[] = [];

  get(id: WebhookEndpointId): Promise<WebhookEndpoint | undefined> {
    return Promise.resolve(this.#all.find((one) => one.id === id));
  }

  list(): Promise<readonly WebhookEndpoint[]> {
    return Promise.resolve(this.#all);
  }

  add(endpoint: WebhookEndpoint, most: number): Promise<'added' | 'full'> {
    if (this.#all.length >= most) return Promise.resolve('full');
    this.#all = [...this.#all, endpoint];
    return Promise.resolve('added');
  }

  replace(before: WebhookEndpoint, after: WebhookEndpoint): Promise<'saved' | 'stale'> {
    const known = this.#all.find(({ id }) => id === before.id);
    if (JSON.stringify(known) !== JSON.stringify(before)) return Promise.resolve('stale');
    this.#all = this.#all.map((one) => (one.id === before.id ? after : one));
    return Promise.resolve('saved');
  }

  remove(id: WebhookEndpointId): Promise<boolean> {
    const before = this.#all.length;
    this.#all = this.#all.filter((one) => one.id !== id);
    return Promise.resolve(this.#all.length < before);
  }
}

interface StoredLane {
  readonly lane: Lane;
  /** Since when it has messages. */
  since: number;
  cursor: number;
  pending: readonly WebhookMessage[];
  tried: Due | undefined;
  holder: string | undefined;
  isOver: boolean;
  /** Made of dead letters: no order to keep. */
  isLoose: boolean;
}
interface PlacedLetter {
  readonly place: number;
  readonly endpointId: WebhookEndpointId;
  readonly letter: DeadLetter;
}

/** Nothing expires here. */
export class MemoryWebhookMailbox implements WebhookMailbox, EndpointLanes, DeadLetters {
  readonly #lanes = new Map<string, StoredLane>();
  /** Delivery progress of forgotten lanes. */
  readonly #delivered = new Map<string, number>();
  readonly #clock: Clock | undefined;
  #dead: readonly PlacedLetter[] = [];
  #lettersSoFar = 0;

  /** Without a clock, messages never tried are due at once. */
  constructor({ clock }: { readonly clock?: Clock } = {}) {
    this.#clock = clock;
  }

  append(lane: Lane, messages: readonly WebhookMessage[], after?: number): Promise<'unknown' | 'nothing' | Due> {
    const delivered = this.#delivered.get(nameOf(lane)) ?? 0;
    if (!this.#lanes.has(nameOf(lane))) {
      const last = messages.at(-1)?.seq;
      if (last !== undefined && last <= delivered) return Promise.resolve('nothing');
      if (after === undefined) return Promise.resolve('unknown');
    }
    const known = this.#made(lane, Math.max(after ?? 0, delivered));
    const isNew = ({ seq }: WebhookMessage) => seq > known.cursor && !known.pending.some((one) => one.seq === seq);
    if (known.pending.length === 0) known.since = this.#clock?.now() ?? 0;
    known.pending = inOrder([...known.pending, ...messages.filter(isNew)]);
    return Promise.resolve(dueIn(known) ?? 'nothing');
  }

  take(lane: Lane, { holder, woken, now }: Parameters<WebhookMailbox['take']>[1]): Promise<Taken> {
    const known = this.#lane(lane);
    if (known.holder !== undefined && known.holder !== holder) return Promise.resolve({ state: 'busy' });
    return Promise.resolve(nextIn(known, { holder, now, woken, continues: true }));
  }

  accepted(
    lane: Lane,
    message: WebhookMessage,
    next?: { holder: string; continues: boolean; now: number },
  ): Promise<Taken> {
    const known = this.#lane(lane);
    this.#leave(lane, message);
    if (next === undefined) return Promise.resolve({ state: 'nothing' });
    if (known.holder !== next.holder) return Promise.resolve({ state: 'busy' });
    return Promise.resolve(nextIn(known, { ...next, woken: undefined }));
  }

  failed(lane: Lane, { holder, ...tried }: Due & { holder: string }): Promise<'nothing' | Due> {
    const known = this.#lane(lane);
    if (known.holder !== undefined && known.holder !== holder) return Promise.resolve('nothing');
    known.holder = undefined;
    if (known.pending.some(({ seq }) => seq === tried.seq)) known.tried = tried;
    return Promise.resolve(dueIn(known) ?? 'nothing');
  }

  moveToDeadLetters(lane: Lane, letter: DeadLetter, holder?: string): Promise<void> {
    const held = this.#lane(lane).holder;
    if (holder !== undefined && held !== undefined && held !== holder) return Promise.resolve();
    if (this.#leave(lane, letter.message)) this.#keepLetter(lane.endpointId, letter);
    return Promise.resolve();
  }

  release(lane: Lane, holder: string): Promise<'nothing' | Due> {
    const known = this.#lane(lane);
    if (known.holder === holder) known.holder = undefined;
    return Promise.resolve(dueIn(known) ?? 'nothing');
  }

  /** Holds never expire here. */
  keep(): Promise<void> {
    return Promise.resolve();
  }

  drop(lane: Lane): Promise<void> {
    this.#lanes.delete(nameOf(lane));
    return Promise.resolve();
  }

  waiting(endpointId: WebhookEndpointId, { dueAt, max }: { dueAt: number; ringsSince: number; max: number }) {
    const found = this.#due(endpointId, dueAt).map((known): WaitingLane => {
      return { callId: known.lane.callId, urgent: known.pending.some(isUrgent) };
    });
    const ringing = found.filter(({ urgent }) => urgent).reverse();
    return Promise.resolve([...ringing, ...found.filter(({ urgent }) => !urgent)].slice(0, max));
  }

  clear(endpointId: WebhookEndpointId, { end, dueAt, keep = 0 }: Clearing): Promise<number> {
    const ofIt = [...this.#lanes.values()].filter(({ lane }) => lane.endpointId === endpointId);
    const meant = dueAt === undefined ? ofIt : this.#due(endpointId, dueAt);
    const longestDue = meant.toSorted(
      (one, other) => (dueIn(one)?.dueAt ?? Infinity) - (dueIn(other)?.dueAt ?? Infinity),
    );
    const going = longestDue.slice(0, Math.max(0, meant.length - keep));
    for (const { lane, pending, tried, cursor } of going) {
      this.#lanes.delete(nameOf(lane));
      if (end === undefined) continue;
      this.#delivered.set(nameOf(lane), pending.at(-1)?.seq ?? cursor);
      for (const message of pending) {
        this.#keepLetter(endpointId, { message, attempts: tried?.seq === message.seq ? tried.attempt : 0, ...end });
      }
    }
    return Promise.resolve(going.length);
  }

  list(endpointId: WebhookEndpointId, { after, max }: { after: number; max: number }) {
    const found = this.#dead.filter((one) => one.endpointId === endpointId && one.place > after);
    const next = found[max - 1]?.place;
    const letters = found.slice(0, max).map(({ letter }) => letter);
    return Promise.resolve({ letters, ...(found.length > max && next !== undefined ? { next } : {}) });
  }

  get(endpointId: WebhookEndpointId, messageId: string): Promise<DeadLetter | undefined> {
    const found = this.#dead.find((one) => one.endpointId === endpointId && one.letter.message.id === messageId);
    return Promise.resolve(found?.letter);
  }

  revive(lane: Lane, messageIds: readonly string[]): Promise<number> {
    const isMeant = ({ endpointId, letter: { message } }: PlacedLetter) =>
      endpointId === lane.endpointId && message.callId === lane.callId && messageIds.includes(message.id);
    const revived = this.#dead.filter(isMeant).map(({ letter }) => letter.message);
    if (revived.length === 0) return Promise.resolve(0);
    this.#dead = this.#dead.filter((one) => !isMeant(one));
    const isForgotten = !this.#lanes.has(nameOf(lane));
    const known = this.#made(lane, Math.max(...revived.map(({ seq }) => seq)));
    known.isLoose ||= isForgotten;
    known.pending = inOrder([...known.pending, ...revived]);
    return Promise.resolve(revived.length);
  }

  forget(endpointId: WebhookEndpointId): Promise<void> {
    this.#dead = this.#dead.filter((one) => one.endpointId !== endpointId);
    return Promise.resolve();
  }

  #due(endpointId: WebhookEndpointId, at: number): readonly StoredLane[] {
    return [...this.#lanes.values()].filter((known) => {
      return known.lane.endpointId === endpointId && Math.max(dueIn(known)?.dueAt ?? Infinity, known.since) <= at;
    });
  }

  #keepLetter(endpointId: WebhookEndpointId, letter: DeadLetter): void {
    this.#lettersSoFar += 1;
    this.#dead = [...this.#dead, { place: this.#lettersSoFar, endpointId, letter }];
  }

  /** An unknown lane is returned empty, and is not stored. */
  #lane(lane: Lane): StoredLane {
    const none = {
      since: 0,
      cursor: 0,
      pending: [],
      tried: undefined,
      holder: undefined,
      isOver: false,
      isLoose: false,
    };
    return this.#lanes.get(nameOf(lane)) ?? { lane, ...none };
  }

  #made(lane: Lane, cursor: number): StoredLane {
    const known = this.#lanes.get(nameOf(lane)) ?? { ...this.#lane(lane), cursor };
    this.#lanes.set(nameOf(lane), known);
    return known;
  }

  #leave(lane: Lane, { seq, type }: WebhookMessage): boolean {
    const known = this.#lane(lane);
    const rest = known.pending.filter((one) => one.seq !== seq);
    if (rest.length === known.pending.length) return false;
    known.pending = rest;
    known.cursor = Math.max(known.cursor, seq);
    known.isOver ||= type === 'call.ended';
    if (known.tried?.seq === seq) known.tried = undefined;
    if (rest.length === 0 && (known.isOver || known.isLoose)) {
      this.#lanes.delete(nameOf(lane));
      this.#delivered.set(nameOf(lane), known.cursor);
    }
    return true;
  }
}

/** What the holder does next; releases the lane if that is nothing. */
function nextIn(
  known: StoredLane,
  by: { holder: string; now: number; woken: Pick<Due, 'seq' | 'attempt'> | undefined; continues: boolean },
): Taken {
  known.holder = undefined;
  const due = dueIn(known);
  const message = known.pending[0];
  if (due === undefined || message === undefined) return { state: 'nothing' };
  const isWoken = due.seq === by.woken?.seq && due.attempt === by.woken.attempt;
  if (!by.continues || (!isWoken && due.dueAt > by.now)) return { state: 'later', due };
  known.holder = by.holder;
  return { state: 'message', message, attempt: due.attempt };
}

function nameOf({ endpointId, callId }: { endpointId: WebhookEndpointId; callId: CallId }): string {
  return `${endpointId} ${callId}`;
}

function inOrder(messages: readonly WebhookMessage[]): readonly WebhookMessage[] {
  return [...messages].sort((one, other) => one.seq - other.seq);
}

function dueIn({ pending: [first], cursor, tried, isLoose }: StoredLane): Due | undefined {
  if (first === undefined || (first.seq > cursor + 1 && !isLoose)) return undefined;
  return tried?.seq === first.seq ? tried : { seq: first.seq, attempt: 0, dueAt: 0 };
}

/** Wake-ups on demand: `next` plays the queue. */
export class MemoryWakeUps implements WebhookWakeUps {
  #asked: readonly { readonly name: string; readonly lane: Lane; readonly due: Due }[] = [];
  readonly #clock: Clock;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  wake(lane: Lane, due: Due): Promise<void> {
    const name = `${nameOf(lane)} ${due.seq} ${due.attempt}`;
    if (!this.#asked.some((one) => one.name === name)) this.#asked = [...this.#asked, { name, lane, due }];
    return Promise.resolve();
  }

  /** The first that is due now; undefined if none is. */
  next(): { readonly name: string; readonly lane: Lane; readonly due: Due } | undefined {
    const now = this.#clock.now();
    const found = this.#asked.find(({ due }) => due.dueAt <= now);
    this.#asked = this.#asked.filter((one) => one !== found);
    return found;
  }
}
