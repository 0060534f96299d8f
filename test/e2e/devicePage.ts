/**
 * Runs in a page: opens microphone and camera through the SDK while the browser's own calls are replaced by ones that fail as
 * browsers do (W3C Media Capture §10.3). Nothing of the SDK is replaced.
 */
import { LocalMedia } from '../../src/client/media/localMedia.ts';

export const deviceStates = ['there', 'missing', 'busy', 'refused', 'dismissed', 'chosen_gone'] as const;
export type DeviceState = (typeof deviceStates)[number];
type Kind = 'microphone' | 'camera';

export interface Machine {
  readonly states: Readonly<Record<Kind, DeviceState>>;
  readonly permissions: Readonly<Record<Kind, PermissionState>>;
}
export interface Opened {
  readonly on: readonly Kind[];
  /** How often the user was asked. */
  readonly prompts: number;
  readonly problems: readonly string[];
}

export interface Shared {
  /** How often the user was asked which screen. */
  readonly pickers: number;
  readonly isShared: boolean;
  /** Once the user has ended it in the bar of the browser. */
  readonly after: { readonly isShared: boolean; readonly sound: MediaStreamTrackState };
}

declare global {
  interface Window {
    openDevices: (machine: Machine) => Promise<Opened>;
    shareScreen: (how: 'twice' | 'given up') => Promise<Shared>;
  }
}

const kinds = ['microphone', 'camera'] as const;

function isExact(constraints: boolean | MediaTrackConstraints | undefined): boolean {
  return typeof constraints === 'object' && constraints.deviceId !== undefined;
}

function trackOf(kind: Kind): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  // Firefox captures nothing of a canvas that nobody draws on.
  canvas.getContext('2d');
  const stream = kind === 'camera' ? canvas.captureStream(0) : new AudioContext().createMediaStreamDestination().stream;
  const [track] = stream.getTracks();
  if (track === undefined) throw new Error('a stream without a track');
  return track;
}

window.openDevices = async ({ states, permissions }) => {
  const known = { ...permissions };
  let prompts = 0;
  const fail = (name: string): never => {
    throw new DOMException(name, name);
  };
  const answerOf = (asked: readonly Kind[]): void => {
    if (asked.some((kind) => known[kind] === 'denied')) fail('NotAllowedError');
    const open = asked.filter((kind) => known[kind] === 'prompt');
    if (open.length === 0) return;
    prompts += 1;
    if (open.some((kind) => states[kind] === 'dismissed')) fail('NotAllowedError');
    const state = open.some((kind) => states[kind] === 'refused') ? 'denied' : 'granted';
    for (const kind of open) known[kind] = state;
    if (state === 'denied') fail('NotAllowedError');
  };
  navigator.mediaDevices.getUserMedia = async ({ audio, video } = {}) => {
    await Promise.resolve();
    const asked = kinds.filter((kind) => Boolean(kind === 'microphone' ? audio : video));
    if (asked.length === 0) throw new TypeError('nothing is asked for');
    if (asked.some((kind) => states[kind] === 'missing')) fail('NotFoundError');
    const exact = { microphone: isExact(audio), camera: isExact(video) };
    if (asked.some((kind) => states[kind] === 'chosen_gone' && exact[kind])) fail('OverconstrainedError');
    answerOf(asked);
    if (asked.some((kind) => states[kind] === 'busy')) fail('NotReadableError');
    return new MediaStream(asked.map(trackOf));
  };
  navigator.permissions.query = ({ name }) =>
    Promise.resolve(
      Object.assign(new EventTarget(), {
        name,
        state: known[name === 'camera' ? 'camera' : 'microphone'],
        onchange: null,
      }),
    );

  const local = new LocalMedia({ video: true });
  const problems: string[] = [];
  local.on('problem', ({ code, device }) => problems.push(`${device ?? 'both'} ${code}`));
  for (const kind of kinds) if (states[kind] === 'chosen_gone') local.choose({ [kind]: 'gone' });
  // What is allowed already is asked ahead.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await local.open({ microphone: true, camera: true });
  const on = kinds.filter((kind) => local.isOn(kind));
  local.close();
  return { on, prompts, problems };
};

window.shareScreen = async (how) => {
  const [screen, sound] = [trackOf('camera'), trackOf('microphone')];
  let pickers = 0;
  let choose: (stream: MediaStream) => void = () => undefined;
  navigator.mediaDevices.getDisplayMedia = () => {
    pickers += 1;
    return new Promise((resolve) => {
      choose = resolve;
    });
  };
  const local = new LocalMedia({ video: true });
  const giveUp = new AbortController();
  const sharing = [local.shareScreen(true, giveUp), local.shareScreen(true)];
  if (how === 'given up') giveUp.abort();
  choose(new MediaStream([screen, sound]));
  await Promise.all(sharing);
  const isShared = local.isSharing;
  screen.dispatchEvent(new Event('ended'));
  const after = { isShared: local.isSharing, sound: sound.readyState };
  local.close();
  return { pickers, isShared, after };
};
