/** What is judged: what devices wrote down, what the backend was told, what the store says, what nodes have open. */
import type { DiaryEntry } from '../clients/diary.ts';
import type { Figures } from '../stage/figures.ts';

export interface StoredEvent {
  readonly seq: number;
  readonly type: string;
  readonly userId?: string | undefined;
}
export interface StoredCall {
  readonly id: string;
  readonly phase: 'ringing' | 'active' | 'ended';
  readonly nodeId: string;
  readonly lastEvent: number;
  readonly participants: readonly { readonly userId: string; readonly state: string; readonly presence?: string }[];
  readonly events: readonly StoredEvent[];
}
/** The store at one moment. */
export interface Truth {
  readonly calls: readonly StoredCall[];
  /** Ids of nodes that live, as the store knows them. */
  readonly alive: readonly string[];
  /** Ids of calls by the node that has them, as the store's indexes say. */
  readonly byNode: ReadonlyMap<string, readonly string[]>;
  readonly ringing: readonly string[];
  readonly active: readonly string[];
}
export interface NodeSeen {
  readonly name: string;
  readonly nodeId: string;
  readonly figures: Pick<Figures, 'broadcasts' | 'sessions' | 'transports' | 'producers' | 'consumers'>;
}
/** A webhook message that the backend accepted. */
export interface Hook {
  readonly id: string;
  readonly callId: string;
  readonly seq: number;
}
export interface Evidence {
  readonly diary: readonly DiaryEntry[];
  readonly hooks: readonly Hook[];
  readonly truth: Truth;
  readonly nodes: readonly NodeSeen[];
}

export const rules = [
  'no owner',
  'orphan broadcast',
  'index differs',
  'double answer',
  'event gap',
  'event heard twice',
  'event not heard',
  'rang twice',
  'webhook twice',
  'webhook out of order',
  'webhook missing',
  'not up to date',
  'left behind',
  'grown',
  'call lost',
  'silence',
  'wrongly admitted',
  'state late',
  'kill missed',
  'refused for contention',
  'unanswered',
  'ghost',
  'thrown out',
  'crash',
  'loop blocked',
  'handle left',
  'webhook late',
  'connection kept',
  'wrong answer',
  'wrong time',
  'failed',
  'too little tried',
] as const;
export type Rule = (typeof rules)[number];
export interface Violation {
  readonly rule: Rule;
  readonly what: string;
}

export const live = ({ calls }: Truth): readonly StoredCall[] => calls.filter(({ phase }) => phase !== 'ended');
