/**
 * Runs in a page: opens microphone and camera through the SDK while the browser's own calls are replaced by ones that fail as
 * browsers do (W3C Media Capture §10.3). Nothing of the SDK is replaced.
 */
import { LocalMedia } from '../../src/client/media/localMedia.ts';
import { isVeilcastError } from '../../src/client/support/errors.ts';

/** `chosen_…`: the device that was chosen; the default one is there. */
export type DeviceState = 'there' | 'missing' | 'busy' | 'refused' | 'dismissed' | 'chosen_gone' | 'chosen_busy';
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

export interface Change {
  readonly kind: Kind;
  readonly wasOn: boolean;
  /** What the other device, and perhaps the one that was open, is like when it is asked for. */
  readonly fault: DeviceState;
}
export interface Changed {
  readonly outcome: string;
  /** What the SDK says, and what its track does. */
  readonly told: boolean;
  readonly isOpen: boolean;
  /** The same once nothing is wrong any more and the user has switched it on. */
  readonly back: boolean;
  readonly isOpenAgain: boolean;
}

declare global {
  interface Window {
    changeDevice: (change: Change) => Promise<Changed>;
    /** What is on while the browser asks the user, and once the user has said yes. */
    openSlowly: () => Promise<{ readonly asked: readonly Kind[]; readonly answered: readonly Kind[] }>;
    openDevices: (machine: Machine) => Promise<Opened>;
    /** What the browser is asked for at a start with this device of the kind: an id, or the default. */
    startWith: (kind: Kind, id: string) => Promise<Readonly<Record<Kind, string | undefined>>>;
    shareScreen: (how: 'twice' | 'given up') => Promise<Shared>;
  }
}

const kinds = ['microphone', 'camera'] as const;

/** The one device that will do, if there is one. */
function exactId(constraints: boolean | MediaTrackConstraints | undefined): string | undefined {
  const { deviceId } = typeof constraints === 'object' ? constraints : {};
  return typeof deviceId === 'object' && 'exact' in deviceId ? String(deviceId.exact) : undefined;
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

interface Replaced {
  /** From now on devices are so. */
  become(machine: Machine): void;
  /** How often the user was asked. */
  readonly prompts: number;
}

/** From now on the browser's own calls answer as a machine with these devices. */
function replaceDevices(machine: Machine): Replaced {
  let { states } = machine;
  let known = { ...machine.permissions };
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
    const exact = { microphone: exactId(audio) !== undefined, camera: exactId(video) !== undefined };
    if (asked.some((kind) => states[kind] === 'chosen_gone' && exact[kind])) fail('OverconstrainedError');
    answerOf(asked);
    if (asked.some((kind) => states[kind] === 'busy' || (states[kind] === 'chosen_busy' && exact[kind])))
      fail('NotReadableError');
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
  return {
    become: (next) => {
      states = next.states;
      known = { ...next.permissions };
    },
    get prompts() {
      return prompts;
    },
  };
}

window.openDevices = async (machine) => {
  const { states } = machine;
  const replaced = replaceDevices(machine);
  const local = new LocalMedia({ video: true });
  const problems: string[] = [];
  local.on('problem', ({ code, device }) => problems.push(`${device ?? 'both'} ${code}`));
  for (const kind of kinds) if (states[kind] === 'chosen_gone') local.choose({ [kind]: 'gone' });
  // What is allowed already is asked ahead.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await local.open({ microphone: true, camera: true });
  const on = kinds.filter((kind) => local.isOn(kind));
  local.close();
  return { on, prompts: replaced.prompts, problems };
};

const allThere: Machine = {
  states: { microphone: 'there', camera: 'there' },
  permissions: { microphone: 'granted', camera: 'granted' },
};

window.startWith = async (kind, id) => {
  replaceDevices(allThere);
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const asked: Record<Kind, string | undefined> = { microphone: undefined, camera: undefined };
  navigator.mediaDevices.getUserMedia = (constraints = {}) => {
    const given = { microphone: constraints.audio, camera: constraints.video };
    for (const one of kinds) asked[one] = exactId(given[one]) ?? asked[one];
    return open(constraints);
  };
  const local = new LocalMedia({ video: true });
  local.choose({ [kind]: id });
  await local.open({ microphone: true, camera: true });
  local.close();
  return asked;
};

window.changeDevice = async ({ kind, wasOn, fault }) => {
  const replaced = replaceDevices(allThere);
  const local = new LocalMedia({ video: true });
  const turn = (on: boolean) => (kind === 'microphone' ? local.setMicrophone(on) : local.setCamera(on));
  const isOpen = () => {
    const track = local.track(kind);
    return track?.readyState === 'live' && track.enabled;
  };
  await local.open({ microphone: true, camera: true });
  if (!wasOn) await turn(false);
  const isRefused = fault === 'refused' || fault === 'dismissed';
  replaced.become({
    states: { ...allThere.states, [kind]: fault },
    permissions: { ...allThere.permissions, [kind]: isRefused ? 'prompt' : 'granted' },
  });
  const outcome = await local.useDevice(kind, 'other').then(
    () => 'done',
    (error: unknown) => (isVeilcastError(error) ? error.code : String(error)),
  );
  const [told, wasOpen] = [local.isOn(kind), isOpen()];
  replaced.become(allThere);
  await turn(true);
  const changed = { outcome, told, isOpen: wasOpen, back: local.isOn(kind), isOpenAgain: isOpen() };
  local.close();
  return changed;
};

window.openSlowly = async () => {
  replaceDevices(allThere);
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  let sayYes: () => void = () => undefined;
  const answer = new Promise<void>((resolve) => {
    sayYes = resolve;
  });
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    await answer;
    return open(constraints);
  };
  const local = new LocalMedia({ video: true });
  const on = () => kinds.filter((kind) => local.isOn(kind));
  const opening = local.open({ microphone: true, camera: true });
  await new Promise((resolve) => setTimeout(resolve, 0));
  const asked = on();
  sayYes();
  await opening;
  const answered = on();
  local.close();
  return { asked, answered };
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
