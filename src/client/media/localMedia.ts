/**
 * The user's own microphone, camera and screen in one call. It outlives media sessions: when a session is joined again,
 * the open tracks are published again. A warm slot is one whose path to the server is ready while its device is closed.
 */
import type { TrackSource } from '../../protocol/shared/media.ts';
import { openScreen, openTracks, permissions } from './devices.ts';
import type { ChosenDevices, OpenedTracks, Permissions, Wanted } from './devices.ts';
import { Emitter } from '../support/emitter.ts';
import { VeilcastError, asVeilcastError, isVeilcastError } from '../support/errors.ts';
import type { InputDevice } from '../support/errors.ts';
import { worthAskingAlone } from './openingDevices.ts';
import type { Publications } from './publications.ts';
import type { Waiting } from '../support/abortable.ts';

type Device = InputDevice;

interface LocalMediaEvents {
  changed: undefined;
  /** A device is open, and its track is being sent. */
  opened: Device;
  sent: Device;
  problem: VeilcastError;
}

const devices: readonly Device[] = ['microphone', 'camera'];

export class LocalMedia extends Emitter<LocalMediaEvents> {
  readonly #tracks = new Map<TrackSource, MediaStreamTrack>();
  /** The devices that shall be on, including those that are still opening. */
  readonly #on = new Set<Device>();
  readonly #warm: readonly Device[];
  #chosen: ChosenDevices = {};
  /** Asked for in advance, since nothing may delay the camera after an answer. */
  #permissions: Permissions = {};
  #opening = 0;
  /** The browser is asking the user for a screen. */
  #choosingScreen = false;
  /** One per session: two while the broadcast moves to another node. */
  readonly #publications = new Set<Publications>();
  #closed = false;
  #held: Wanted | undefined;

  constructor(options: { video: boolean }) {
    super();
    this.#warm = options.video ? devices : ['microphone'];
    void permissions().then((known) => {
      this.#permissions = known;
    });
  }

  /** Open and not muted. A device is not on while the browser still asks the user. */
  isOn(device: Device): boolean {
    return this.#on.has(device) && this.#tracks.has(device);
  }

  /** Some device is still opening, so what is on may change. */
  get isOpening(): boolean {
    return this.#opening > 0;
  }

  /** The devices that are on, or that will be after a hold. */
  get wanted(): Wanted {
    return this.#held ?? { microphone: this.#on.has('microphone'), camera: this.#on.has('camera') };
  }

  get isSharing(): boolean {
    return this.#tracks.has('screen');
  }

  track(source: TrackSource): MediaStreamTrack | undefined {
    return this.#tracks.get(source);
  }

  /** Takes effect when these devices are next opened. */
  choose(chosen: ChosenDevices | undefined): void {
    this.#chosen = { ...this.#chosen, ...chosen };
  }

  /**
   * Opens the wanted devices and sends their tracks. If one is missing, the other still works. Never rejects: errors
   * are `problem` events.
   */
  async open(wanted: Wanted): Promise<void> {
    if (!wanted.microphone && !wanted.camera) return;
    for (const device of devices.filter((one) => wanted[one])) {
      this.#on.add(device);
      // Unpaused before the device is open, so that the first frame is not held back.
      this.#everywhere((publications) => {
        publications.setPaused(device, false);
      });
    }
    this.emit('changed', undefined);
    // One request asks the user once. If the user need not be asked, the camera does not wait for the microphone.
    const asksNothing = devices.every((device) => this.#permissions[device] === 'granted');
    if (wanted.microphone && wanted.camera && !asksNothing) await this.#openBoth();
    else await this.#openEach(devices.filter((one) => wanted[one]));
  }

  /** For a new session: publishes the open tracks, and prepares the closed ones. */
  async attach(publications: Publications): Promise<void> {
    this.#publications.add(publications);
    const sources = new Set<TrackSource>([...this.#warm, ...this.#tracks.keys()]);
    await Promise.all(
      [...sources].map((source) =>
        publications.publish(source, this.#tracks.get(source) ?? null, !this.#isWanted(source)),
      ),
    );
  }

  detach(publications: Publications): void {
    this.#publications.delete(publications);
  }

  /** Off keeps the device open but sends nothing, so that on is instant. */
  async setMicrophone(on: boolean): Promise<void> {
    if (on === this.#on.has('microphone')) return;
    const track = this.#tracks.get('microphone');
    if (on && track === undefined) {
      await this.open({ microphone: true, camera: false });
      return;
    }
    if (track) track.enabled = on;
    this.#setOn('microphone', on);
  }

  /** Off closes the device, so that its light goes out. */
  async setCamera(on: boolean): Promise<void> {
    if (on === this.#on.has('camera')) return;
    if (on) {
      await this.open({ microphone: false, camera: true });
      return;
    }
    this.#stop('camera');
    this.#setOn('camera', false);
    await this.#empty('camera');
  }

  /** Rejects if it cannot be opened. The previous device continues. */
  async useDevice(device: Device, id: string): Promise<void> {
    const before = this.#chosen;
    this.#chosen = { ...before, [device]: id };
    if (!this.#tracks.has(device)) return;
    // Some systems cannot open a second camera while the first is open.
    if (device === 'camera') this.#stop('camera');
    try {
      await this.#deliverAll(await this.#opened({ [device]: true }));
    } catch (error) {
      this.#chosen = before;
      if (device === 'camera') await this.#openEach(['camera']);
      throw error;
    }
  }

  deviceInUse(device: Device): string | undefined {
    return this.#tracks.get(device)?.getSettings().deviceId ?? this.#chosen[device];
  }

  async shareScreen(on: boolean, { signal }: Waiting = {}): Promise<void> {
    if (!on) {
      this.#stopSharing();
      return;
    }
    if (this.isSharing || this.#choosingScreen) return;
    this.#choosingScreen = true;
    const { screen, audio } = await openScreen().finally(() => {
      this.#choosingScreen = false;
    });
    const isGivenUp = this.#closed || signal?.aborted === true || this.#held !== undefined;
    if (isGivenUp || screen === undefined || screen.readyState === 'ended') {
      screen?.stop();
      audio?.stop();
      return;
    }
    // Audio ends with its screen, even if the screen ends before its audio is sent.
    screen.addEventListener('ended', () => {
      if (this.#tracks.get('screen') === screen || !this.isSharing) this.#stopSharing();
      audio?.stop();
    });
    await Promise.all([this.#deliver('screen', screen), audio ? this.#deliver('screen-audio', audio) : undefined]);
  }

  /** Closes the devices. Warm slots stay warm. */
  hush(): void {
    for (const device of devices) {
      this.#stop(device);
      this.#setOn(device, false);
      void this.#empty(device);
    }
  }

  /** Closes everything until `unhold`, which opens the devices again that are on now, or those in `before`. */
  hold(before: Wanted = { microphone: this.isOn('microphone'), camera: this.isOn('camera') }): void {
    this.#held ??= before;
    this.emit('changed', undefined);
    this.hush();
    this.#stopSharing();
  }

  /** Opens the devices that were on before the hold. */
  async unhold(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) await this.open(held);
  }

  close(): void {
    this.#closed = true;
    for (const source of [...this.#tracks.keys()]) this.#stop(source);
    this.#on.clear();
    this.#publications.clear();
    this.emit('changed', undefined);
  }

  /** What it fails with may be the fault of one device alone. */
  async #openBoth(): Promise<void> {
    try {
      await this.#deliverAll(await this.#opened({ microphone: true, camera: true }));
    } catch (error) {
      const problem = asVeilcastError(error, 'media_busy');
      this.#permissions = await permissions();
      const alone = worthAskingAlone(problem.code, this.#permissions);
      for (const device of devices) if (!alone.includes(device)) this.#failed(device, problem);
      await this.#openEach(alone);
    }
  }

  async #openEach(wanted: readonly Device[]): Promise<void> {
    const opening = wanted.map(async (device) => {
      try {
        await this.#deliverAll(await this.#opened({ [device]: true }));
      } catch (error) {
        this.#failed(device, asVeilcastError(error, 'media_busy'));
      }
    });
    await Promise.all(opening);
  }

  /** If a chosen device is gone, opens the default one and emits the problem `media_replaced`. */
  async #opened(wanted: Partial<Wanted>): Promise<OpenedTracks> {
    const { microphone = false, camera = false } = wanted;
    const asked = { microphone, camera };
    const chosen = devices.filter((device) => asked[device] && this.#chosen[device] !== undefined);
    this.#opening += 1;
    try {
      return await openTracks(asked, this.#chosen).catch(async (error: unknown) => {
        if (chosen.length === 0 || !isMissing(error)) throw error;
        const opened = await openTracks(asked, {});
        for (const device of chosen) this.#replacedByDefault(device);
        return opened;
      });
    } finally {
      this.#opening -= 1;
    }
  }

  #replacedByDefault(device: Device): void {
    const { [device]: _, ...others } = this.#chosen;
    this.#chosen = others;
    this.emit('problem', new VeilcastError('media_replaced', { device }));
  }

  async #deliverAll(opened: OpenedTracks): Promise<void> {
    const found = devices.flatMap((device) => (opened[device] ? [{ device, track: opened[device] }] : []));
    if (this.#closed) for (const { track } of found) track.stop();
    else await Promise.all(found.map(({ device, track }) => this.#deliver(device, track)));
  }

  /** Switches the device off unless a track is still open, and emits one problem. */
  #failed(device: Device, { code, cause }: VeilcastError): void {
    if (this.#closed) return;
    if (!this.#tracks.has(device)) this.#setOn(device, false);
    this.emit('problem', new VeilcastError(code, { cause, device }));
  }

  async #deliver(source: TrackSource, track: MediaStreamTrack): Promise<void> {
    // Switched off again while it was opening.
    if (isDevice(source) && !this.#on.has(source)) {
      if (source === 'camera') {
        track.stop();
        return;
      }
      track.enabled = false;
    }
    this.#stop(source);
    this.#tracks.set(source, track);
    track.addEventListener('ended', () => {
      this.#ended(source, track);
    });
    this.emit('changed', undefined);
    if (isDevice(source)) this.emit('opened', source);
    await this.#send(source, track);
    if (isDevice(source)) this.emit('sent', source);
  }

  async #send(source: TrackSource, track: MediaStreamTrack): Promise<void> {
    const paused = !this.#isWanted(source);
    const sending = [...this.#publications].map((publications) => {
      if (!publications.has(source)) return publications.publish(source, track, paused);
      publications.setPaused(source, paused);
      return publications.replace(source, track);
    });
    await Promise.all(sending);
  }

  async #empty(source: TrackSource): Promise<void> {
    await Promise.all([...this.#publications].map((publications) => publications.replace(source, null)));
  }

  #everywhere(act: (publications: Publications) => void): void {
    for (const publications of this.#publications) act(publications);
  }

  /** The device was unplugged, or its permission was revoked. */
  #ended(source: TrackSource, track: MediaStreamTrack): void {
    if (this.#tracks.get(source) !== track) return;
    this.#tracks.delete(source);
    void this.#empty(source);
    if (isDevice(source)) {
      this.#setOn(source, false);
      this.emit('problem', new VeilcastError('media_missing', { device: source }));
    }
  }

  #setOn(device: Device, on: boolean): void {
    if (on) this.#on.add(device);
    else this.#on.delete(device);
    this.#everywhere((publications) => {
      publications.setPaused(device, !on);
    });
    this.emit('changed', undefined);
  }

  #stopSharing(): void {
    for (const source of ['screen', 'screen-audio'] as const) {
      this.#stop(source);
      this.#everywhere((publications) => {
        publications.unpublish(source);
      });
    }
    this.emit('changed', undefined);
  }

  #stop(source: TrackSource): void {
    const track = this.#tracks.get(source);
    this.#tracks.delete(source);
    track?.stop();
  }

  #isWanted(source: TrackSource): boolean {
    return isDevice(source) ? this.#on.has(source) : true;
  }
}

function isMissing(error: unknown): boolean {
  return isVeilcastError(error, 'media_missing');
}

function isDevice(source: TrackSource): source is Device {
  return source === 'microphone' || source === 'camera';
}
