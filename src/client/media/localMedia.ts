/**
 * The user's own microphone, camera and screen in one call. Outlives media sessions: when one has to be joined afresh, what is
 * open is published again. A slot that is warm but shut has its way to the server ready, and nothing on it.
 */
import type { TrackSource } from '../../protocol/shared/media.ts';
import { openScreen, openTracks, permissions } from './devices.ts';
import type { ChosenDevices, OpenedTracks, Permissions, Wanted } from './devices.ts';
import { Emitter } from '../support/emitter.ts';
import { VeilcastError, asVeilcastError, isVeilcastError } from '../support/errors.ts';
import type { InputDevice } from '../support/errors.ts';
import { worthAskingAlone } from './openingDevices.ts';
import type { Publications } from './publications.ts';
import type { Waiting } from '../support/waiting.ts';

type Device = InputDevice;

interface LocalMediaEvents {
  changed: undefined;
  /** A device opened, and its track is on its way. */
  opened: Device;
  sent: Device;
  problem: VeilcastError;
}

const devices: readonly Device[] = ['microphone', 'camera'];

export class LocalMedia extends Emitter<LocalMediaEvents> {
  readonly #tracks = new Map<TrackSource, MediaStreamTrack>();
  /** Those that are to be on, also while they are being opened. */
  readonly #on = new Set<Device>();
  readonly #warm: readonly Device[];
  #chosen: ChosenDevices = {};
  /** Asked ahead, since nothing may be waited for between an answer and the camera. */
  #permissions: Permissions = {};
  #opening = 0;
  /** The browser asks which screen. */
  #choosingScreen = false;
  /** One a session: two while the broadcast moves from one node to another. */
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

  /** Open, and not muted. A device for which the browser still asks the user is not on. */
  isOn(device: Device): boolean {
    return this.#on.has(device) && this.#tracks.has(device);
  }

  /** Some device is being opened: what is on is not settled. */
  get isOpening(): boolean {
    return this.#opening > 0;
  }

  /** What is on, or is on again when the call is held no more. */
  get wanted(): Wanted {
    return this.#held ?? { microphone: this.#on.has('microphone'), camera: this.#on.has('camera') };
  }

  get isSharing(): boolean {
    return this.#tracks.has('screen');
  }

  track(source: TrackSource): MediaStreamTrack | undefined {
    return this.#tracks.get(source);
  }

  /** For when they are next opened. */
  choose(chosen: ChosenDevices | undefined): void {
    this.#chosen = { ...this.#chosen, ...chosen };
  }

  /** Opens what is wanted and sends it. A missing device leaves the other one working. Never rejects: problems are events. */
  async open(wanted: Wanted): Promise<void> {
    if (!wanted.microphone && !wanted.camera) return;
    for (const device of devices.filter((one) => wanted[one])) {
      this.#on.add(device);
      // Said before the device is open, so that its first frame finds the way free.
      this.#everywhere((publications) => {
        publications.setPaused(device, false);
      });
    }
    this.emit('changed', undefined);
    // One request is one question to the user. Where none is asked, the camera need not wait for the microphone.
    const asksNothing = devices.every((device) => this.#permissions[device] === 'granted');
    if (wanted.microphone && wanted.camera && !asksNothing) await this.#openBoth();
    else await this.#openEach(devices.filter((one) => wanted[one]));
  }

  /** A session is there: publishes what is open, and makes ready what is not. */
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

  /** Off keeps the device, so that on is instant; nothing leaves it meanwhile. */
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

  /** Off shuts the device, so that its light goes out. */
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

  /** Rejects when it cannot be opened: then the one before goes on. */
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
    // Sound goes with its screen, whose end may come before the sound is on its way.
    screen.addEventListener('ended', () => {
      if (this.#tracks.get('screen') === screen || !this.isSharing) this.#stopSharing();
      audio?.stop();
    });
    await Promise.all([this.#deliver('screen', screen), audio ? this.#deliver('screen-audio', audio) : undefined]);
  }

  /** Shuts the devices; what is warm stays warm. */
  hush(): void {
    for (const device of devices) {
      this.#stop(device);
      this.#setOn(device, false);
      void this.#empty(device);
    }
  }

  /** Everything shuts for a while, and what is open, or given, opens again afterwards. */
  hold(before: Wanted = { microphone: this.isOn('microphone'), camera: this.isOn('camera') }): void {
    this.#held ??= before;
    this.emit('changed', undefined);
    this.hush();
    this.#stopSharing();
  }

  /** Opens again what was open before. */
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

  /** A device that was chosen and is gone is replaced by the default one, and that is told. */
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

  /** It is off as far as it is not open; told once. */
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

  /** Unplugged, or its permission was taken back. */
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
