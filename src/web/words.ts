/** The texts of the page. */
import type {
  Callable,
  CallEnding,
  ConnectionQuality,
  HistoryEntry,
  Participant,
  Settings,
  VeilcastError,
  VeilcastErrorCode,
} from '../client/index.ts';

type Audience = Settings['audiences'][number];

export interface EndedCall {
  readonly ending: CallEnding;
  readonly direction: 'incoming' | 'outgoing';
  /** The names of the others. */
  readonly others: string;
}

/** Why the call is over. The compiler makes sure that every reason has a sentence. */
export function endingWords({ ending, direction, others }: EndedCall): string {
  const isOutgoing = direction === 'outgoing';
  const words: Readonly<Record<CallEnding, string>> = {
    cancelled: isOutgoing ? 'You cancelled the call.' : `${others} hung up before you answered.`,
    declined: isOutgoing ? `${others} declined the call.` : 'You declined the call.',
    missed: isOutgoing ? `${others} did not answer.` : `You missed a call from ${others}.`,
    hangup: 'The call has ended.',
    ended_by_host: isOutgoing ? 'You ended the call for everybody.' : `${others} ended the call for everybody.`,
    ended_by_app: 'The app ended the call.',
    connection_lost: 'The connection was lost and did not come back in time.',
    empty: 'Everybody else has left.',
    too_long: 'The call reached the longest time that is allowed.',
    node_lost: 'The server that carried the call went away.',
    answered_elsewhere: 'You answered on another of your devices.',
    replaced: 'The call continues in another tab or window of yours.',
    left: 'You left the call. The others continue.',
    removed: 'The host removed you from the call.',
  };
  return words[ending];
}

export function callableWords(answer: Callable | undefined, name: string): string {
  if (answer === undefined) return 'One moment…';
  if (answer.callable) return `You can call ${name}`;
  switch (answer.because) {
    case 'calling_off':
      return 'Switch calling on to call';
    case 'self':
      return 'This is you';
    case 'blocked_by_you':
      return `You have blocked ${name}`;
    case 'not_callable':
    case undefined:
      return `${name} cannot be called now`;
  }
}

export const audienceChoices: readonly { readonly audience: Audience; readonly words: string }[] = [
  { audience: 'following', words: 'People I follow' },
  { audience: 'address_book', words: 'People in my address book' },
  { audience: 'verified', words: 'Verified people' },
  { audience: 'everyone', words: 'Everyone' },
];

const audienceNames: Readonly<Record<Audience, string>> = {
  following: 'people you follow',
  address_book: 'people in your address book',
  verified: 'verified people',
  everyone: 'everyone',
};

/** Who can call, as a sentence. */
export function audienceWords(audiences: readonly Audience[]): string {
  if (audiences.length === 0) return 'You can call others. Nobody can call you.';
  const widest = audiences.includes('everyone') ? (['everyone'] as const) : audiences;
  const who = namesWords(widest.map((audience) => audienceNames[audience]));
  return `${who[0]?.toUpperCase() ?? ''}${who.slice(1)} can call you, once you have written to them or accepted their message.`;
}

export function groupCallableWords(answer: Callable | undefined, name: string): string {
  if (answer?.callable === true) return '';
  if (answer?.because === 'not_callable') return `${name} cannot be added now`;
  return callableWords(answer, name);
}

export function participantWords({ state, presence, onHold, role }: Participant): string {
  if (state === 'invited') return 'Ringing…';
  if (presence === 'lost') return 'Connecting again…';
  if (onHold) return 'On hold';
  return role === 'host' ? 'Host' : 'In the call';
}

/** The outcome of an ended call. */
export function outcomeWords({ direction, outcome, durationMs }: HistoryEntry): string {
  const isOutgoing = direction === 'outgoing';
  switch (outcome) {
    case 'answered':
      return `${isOutgoing ? 'You called' : 'Called you'}, ${durationWords(durationMs)}`;
    case 'declined':
      return isOutgoing ? 'Declined' : 'You declined';
    case 'missed':
      return isOutgoing ? 'No answer' : 'Missed';
    case 'cancelled':
      return 'You cancelled';
    case 'failed':
      return 'Did not connect';
  }
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** `now`, `5 min ago`, `14:05`, `Mon 14:05`, `3 Nov`. */
export function whenWords(at: number, now: number): string {
  const ago = now - at;
  if (ago < minuteMs) return 'now';
  if (ago < 60 * minuteMs) return `${Math.floor(ago / minuteMs)} min ago`;
  const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  if (isToday) return time.format(at);
  if (ago < 6 * dayMs)
    return `${new Intl.DateTimeFormat(undefined, { weekday: 'short' }).format(at)} ${time.format(at)}`;
  return new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' }).format(at);
}

const problems: Partial<Record<VeilcastErrorCode, string>> = {
  not_callable: 'This person cannot be called now.',
  user_busy: 'They are in another call.',
  call_full: 'This call has reached its limit of participants.',
  calling_off: 'Switch calling on before you call.',
  media_unsupported: 'This browser cannot make calls.',
  webrtc_missing: 'This browser has no WebRTC, or a setting, a policy or an extension keeps it from working.',
  insecure_context: 'Calls work only when this page is opened over HTTPS, or at localhost.',
  disconnected: 'The server cannot be reached.',
  timed_out: 'The server did not answer in time.',
  too_many_requests: 'That was a little fast. Try again in a moment.',
  overloaded: 'The server is busy. Try again in a moment.',
  call_ended: 'That call has ended already.',
};

/** With the name of the device in question. */
const deviceProblems: Partial<Record<VeilcastErrorCode, (device: string) => string>> = {
  media_denied: (device) => `The browser may not use your ${device}. You can allow it in the address bar.`,
  media_missing: (device) => `No ${device} was found. Plug one in, then switch it on.`,
  media_busy: (device) => `Your ${device} could not be started. Another program may be using it.`,
  media_replaced: (device) => `The ${device} that you chose is gone. The default one is used.`,
};

export function problemWords({ code, retryAfterMs = 0, message, device }: ProblemToTell): string {
  const words = deviceProblems[code];
  if (words !== undefined) return words(device ?? 'camera or microphone');
  if (code === 'too_many_requests' && retryAfterMs > aMomentMs)
    return `You can try again in ${waitWords(retryAfterMs)}.`;
  return problems[code] ?? message;
}

type ProblemToTell = Pick<VeilcastError, 'code' | 'message'> & Partial<Pick<VeilcastError, 'retryAfterMs' | 'device'>>;

const aMomentMs = 10_000;

/** `40 seconds`, `5 minutes`, `3 hours`: rounded up. */
function waitWords(ms: number): string {
  if (ms < 1.5 * minuteMs) return `${Math.ceil(ms / 1000)} seconds`;
  const minutes = Math.ceil(ms / minuteMs);
  return minutes < 100 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}

export const gradeWords: Readonly<Record<ConnectionQuality['grade'], string>> = {
  good: 'Good connection',
  fair: 'Fair connection',
  poor: 'Poor connection',
  lost: 'No connection',
};

/** `1.4 Mbit/s`. */
export function bitrateWords(bitsPerSecond: number): string {
  return bitsPerSecond >= 1e6
    ? `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`
    : `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

/** `4:07`, and with hours `1:04:07`. */
export function durationWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const rest = `${hours > 0 ? two(minutes % 60) : minutes}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

export function namesWords(names: readonly string[]): string {
  if (names.length <= 2) return names.join(' and ');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const [first, second] = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return `${first?.[0] ?? '?'}${second?.[0] ?? ''}`.toUpperCase();
}
