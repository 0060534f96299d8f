/** People who call each other, again and again: the first is the caller, each of the others has some devices. */
import type { AdmittedCall, CallView } from '../../protocol/shared/calls.ts';
import type { MediaTally } from '../figures/tally.ts';
import type { ConnectingTimes } from '../media/connectingTimes.ts';
import type { KeyedEvents } from './keyedEvents.ts';

type CallId = CallView['id'];
type Ticket = AdmittedCall['ticket'];

export interface Rang {
  readonly at: number;
  readonly ticket: Ticket;
}

/** A device's session in a call. */
export interface PartySeat {
  readonly joinMs: number;
  speak(): void;
  hears(userIds: readonly string[], limitMs: number): Promise<number>;
  forget(userId: string): void;
  close(): void;
}
export interface Joined {
  readonly seat: PartySeat;
  /** When both transports are connected. */
  readonly ready: Promise<ConnectingTimes>;
}

/** What a call needs of a device. */
export interface PartyDevice {
  readonly userId: string;
  readonly rang: KeyedEvents<Rang>;
  readonly over: KeyedEvents<number>;
  call(callees: readonly string[]): Promise<AdmittedCall>;
  answer(callId: CallId): Promise<void>;
  act(callId: CallId, verb: 'decline' | 'cancel' | 'leave'): Promise<void>;
  end(callId: CallId): Promise<void>;
  rejoin(callId: CallId): Promise<Ticket>;
  join(ticket: Ticket, tally: MediaTally | undefined): Promise<Joined>;
  /** Counts the media of its call until now: before somebody hangs up, since silence is right from then on. */
  count(): void;
  clear(callId: CallId | undefined): void;
  close(): void;
}

export interface Party {
  readonly caller: PartyDevice;
  /** Of each callee, the device that answers and those that only ring. */
  readonly callees: readonly { readonly answering: PartyDevice; readonly others: readonly PartyDevice[] }[];
}

export function devicesOf({ caller, callees }: Party): readonly PartyDevice[] {
  return [caller, ...callees.flatMap(({ answering, others }) => [answering, ...others])];
}
