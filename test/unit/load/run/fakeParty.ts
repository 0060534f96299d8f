/** A caller and a callee each of whose steps can be made to end otherwise, and who remember what was asked of them. */
import { KeyedEvents } from '../../../../src/load/people/keyedEvents.ts';
import type { Joined, Party, PartyDevice, PartySeat, Rang } from '../../../../src/load/people/party.ts';
import type { AdmittedCall } from '../../../../src/protocol/shared/calls.ts';

export const callId = 'call_1' as const;
export const admitted: AdmittedCall = {
  call: {
    id: callId,
    media: 'audio',
    phase: 'ringing',
    visibility: 'private',
    createdAt: 0,
    lastEvent: 1,
    caller: 'alice',
    participants: [],
  },
  ticket: 'ticket',
};

export class FakeSeat implements PartySeat {
  readonly joinMs = 1;
  closed = false;
  readonly done: string[] = [];

  speak(): void {
    this.done.push('speak');
  }

  hears(): Promise<number> {
    return Promise.resolve(performance.now());
  }

  forget(userId: string): void {
    this.done.push(`forget ${userId}`);
  }

  close(): void {
    this.closed = true;
  }
}

export class FakeDevice implements PartyDevice {
  readonly rang = new KeyedEvents<Rang>();
  readonly over = new KeyedEvents<number>();
  readonly seat = new FakeSeat();
  readonly done: string[] = [];
  readonly userId: string;
  /** Steps that end otherwise than well and at once. */
  calling: () => Promise<AdmittedCall> = () => Promise.resolve(admitted);
  joining: () => Promise<Joined> = () => Promise.resolve({ seat: this.seat, ready: connected() });
  acting: (verb: string) => void = () => undefined;

  constructor(userId: string) {
    this.userId = userId;
  }

  call(): Promise<AdmittedCall> {
    return this.calling();
  }

  join(): Promise<Joined> {
    return this.joining();
  }

  answer(): Promise<void> {
    return this.#did('answer');
  }

  act(_: string, verb: string): Promise<void> {
    return this.#did(verb);
  }

  end(): Promise<void> {
    return this.#did('end');
  }

  rejoin(): Promise<string> {
    return Promise.resolve('ticket');
  }

  count(): void {
    this.done.push('count');
  }

  clear(): void {
    this.done.push('clear');
  }

  close(): void {
    this.done.push('close');
  }

  #did(verb: string): Promise<void> {
    this.done.push(verb);
    this.acting(verb);
    return Promise.resolve();
  }
}

export function connected(): Promise<{ iceMs: number; dtlsMs: number }> {
  return Promise.resolve({ iceMs: 1, dtlsMs: 1 });
}

export interface FakeParty extends Party {
  readonly caller: FakeDevice;
  readonly callee: FakeDevice;
}

/** Rings at once, and ends for both as soon as the caller leaves or cancels. */
export function fakeParty(): FakeParty {
  const [caller, callee] = [new FakeDevice('alice'), new FakeDevice('bob')];
  callee.rang.emit(callId, { at: performance.now(), ticket: 'ticket' });
  for (const device of [caller, callee]) {
    device.acting = (verb) => {
      if (verb === 'answer') return;
      for (const one of [caller, callee]) one.over.emit(callId, performance.now());
    };
  }
  return { caller, callee, callees: [{ answering: callee, others: [] }] };
}
