/** The state of the page, as signals. Components read it, and change only what is open or closed. */
import { computed, signal } from '@preact/signals';
import type {
  Call,
  CallConnection,
  CallEnding,
  CallState,
  Callable,
  ConnectionQuality,
  ConnectionState,
  HistoryPage,
  MediaServerAddress,
  Participant,
  Settings,
  VeilcastClient,
} from '../client/index.ts';
import type { Person } from './home/demo.ts';

/** A call at one moment. Every change makes a new object. */
export interface CallSnapshot {
  readonly call: Call;
  readonly id: string;
  readonly media: 'audio' | 'video';
  readonly direction: 'incoming' | 'outgoing';
  readonly state: CallState;
  readonly ending: CallEnding | undefined;
  readonly connection: CallConnection;
  readonly answeredAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly caller: string;
  readonly isHost: boolean;
  readonly onHold: boolean;
  readonly others: readonly Participant[];
  readonly microphoneOn: boolean;
  readonly cameraOn: boolean;
  readonly screenShared: boolean;
  readonly cameraTrack: MediaStreamTrack | undefined;
  readonly mediaServer: readonly MediaServerAddress[];
}

export function snapshotOf(call: Call): CallSnapshot {
  const { id, media, direction, state, ending, connection, answeredAt, endedAt, caller, isHost, onHold } = call;
  const { microphoneOn, cameraOn, screenShared, cameraTrack, mediaServer } = call;
  return {
    call,
    id,
    media,
    direction,
    state,
    ending,
    connection,
    answeredAt,
    endedAt,
    caller,
    isHost,
    onHold,
    microphoneOn,
    cameraOn,
    screenShared,
    cameraTrack,
    mediaServer,
    others: call.participants.filter(({ isSelf }) => !isSelf),
  };
}

export type Sheet = 'devices' | 'privacy' | 'people' | 'group' | 'settings' | undefined;

export const people = signal<readonly Person[]>([]);
export const me = signal<Person | undefined>(undefined);
export const client = signal<VeilcastClient | undefined>(undefined);
export const connection = signal<ConnectionState>('connecting');
/** Why the connection is over for good, in words. */
export const closedBecause = signal<string | undefined>(undefined);
export const settings = signal<Settings | undefined>(undefined);
export const history = signal<HistoryPage | undefined>(undefined);
/** The people that the user may call, and those they may add to a group. */
export const callable = signal<ReadonlyMap<string, Callable>>(new Map());
export const groupCallable = signal<ReadonlyMap<string, Callable>>(new Map());
export const calls = signal<readonly CallSnapshot[]>([]);
/** The call that this user is in, or is making. */
export const currentId = signal<string | undefined>(undefined);
/** The call that was just accepted, whose screen comes next. */
export const answering = signal<string | undefined>(undefined);
/** The newest call that rang here without an answer. */
export const missed = signal<CallSnapshot | undefined>(undefined);
/** A call that this user took part in, until they close its last screen. */
export const lastEnded = signal<CallSnapshot | undefined>(undefined);
export const quality = signal<ConnectionQuality | undefined>(undefined);
export const activeSpeaker = signal<string | null>(null);
/** The user who is being called at this moment. */
export const dialling = signal<string | undefined>(undefined);
export const notice = signal<string | undefined>(undefined);
export const sheet = signal<Sheet>(undefined);
export const speakerId = signal<string | undefined>(undefined);
/** The browser requires a click before it plays sound. This happens after a reload during a call. */
export const soundBlocked = signal(false);

export const current = computed(() => calls.value.find(({ id }) => id === currentId.value));
/** The user's other active calls, which wait on hold. */
export const waiting = computed(() =>
  calls.value.filter(({ id, state }) => id !== currentId.value && state === 'active'),
);
export const incoming = computed(() =>
  calls.value.find(
    ({ id, direction, state }) => id !== currentId.value && direction === 'incoming' && state === 'ringing',
  ),
);
export const otherPeople = computed(() => people.value.filter(({ id }) => id !== me.value?.id));

export function nameOf(userId: string): string {
  return people.value.find(({ id }) => id === userId)?.name ?? userId;
}
