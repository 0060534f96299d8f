/** Everything that devices are told and do, in order: the evidence that a judge reads afterwards. */

interface Entry {
  readonly at: number;
  readonly userId: string;
  readonly deviceId: string;
  /** The number of the device's socket, from 1. */
  readonly socket: number;
}
export interface ToldCall {
  readonly callId: string;
  readonly phase: string;
  readonly lastEvent: number;
  readonly reason?: string | undefined;
}
export type Note =
  | { readonly kind: 'rang'; readonly call: ToldCall }
  /** A change of a call, with the numbers of the events that led to it. */
  | { readonly kind: 'told'; readonly call: ToldCall; readonly events: readonly number[] }
  /** How its calls stand, in the answer to a hello or to a resume. */
  | { readonly kind: 'hello'; readonly calls: readonly ToldCall[] }
  /** The server said that this device has answered. */
  | { readonly kind: 'answered'; readonly callId: string }
  | { readonly kind: 'refused'; readonly what: string; readonly why: string }
  | { readonly kind: 'sessionClosed'; readonly why: string }
  | { readonly kind: 'moving' }
  /** It asks to leave: from then on it is told nothing of the call, until it has come back. */
  | { readonly kind: 'left'; readonly callId: string }
  | { readonly kind: 'joined'; readonly callId: string }
  | { readonly kind: 'resumed'; readonly callId: string }
  | { readonly kind: 'socketLost' };
export type DiaryEntry = Entry & Note;

export class Diary {
  readonly entries: DiaryEntry[] = [];

  of<K extends Note['kind']>(kind: K): readonly Extract<DiaryEntry, { kind: K }>[] {
    return this.entries.filter((entry): entry is Extract<DiaryEntry, { kind: K }> => entry.kind === kind);
  }
}
