/**
 * The user's own microphone, camera and screen in one call. Outlives media sessions: when one has to be joined afresh, what is
 * open is published again. A slot that is warm but shut has its way to the server ready, and nothing on it.
 */
import type { TrackSource } from '../protocol/media.ts';
import { openingIsGranted, openScreen, openTracks } from './devices.ts';
import type { ChosenDevices, Wanted } from './devices.ts';
import { Emitter } from './emitter.ts';
import { VeilcastError, asVeilcastError, isVeilcastError } from './errors.ts';
import type { Publications } from './publications.ts';

type Device = 'microphone' | 'camera';

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
  readonly #on = new Set<Device>();
  readonly #warm: readonly Device[];
  #chosen: ChosenDevices = {};
  /** Asked ahead, since nothing may be waited for between an answer and the camera. */
  #granted = false;
  /** One a session: two while the broadcast moves from one node to another. */
  readonly #publications = new Set<Publications>();
  #closed = false;
  #held: Wanted | undefined;

  constructor(options: { video: boolean }) {
    super();
    this.#warm = options.video ? devices : ['microphone'];
    void openingIsGranted().then((granted) => {
      this.#granted = granted;
    });
  }

  isOn(device: Device): boolean {
    return this.#on.has(device);
  }

  get isSharing(): boolean {
    return this.#tracks.has('screen');
  }

  track(source: TrackSource): MediaStreamTrack | undefined {
    return this.#tracks.get(source);
  }

  /** Opens what is wanted and sends it. A missing device leaves the other one working. Never rejects: problems are events. */
  async open(wanted: Wanted): Promise<void> {
    for (const device of devices.filter((one) => wanted[one])) {
      this.#on.add(device);
      // Said before the device is open, so that its first frame finds the way free.
      this.#everywhere((publications) => {
        publications.setPaused(device, false);
      });
    }
    this.emit('changed', undefined);
    // One request is one question to the user. Where none is asked, the camera need not wait for the microphone.
    if (this.#granted && wanted.microphone && wanted.camera) {
      await this.#openEach();
      return;
    }
    try {
      await this.#openTogether(wanted);
    } catch (error) {
      if (!wanted.microphone || !wanted.camera || isVeilcastError(error, 'closed')) return;
      await this.#openEach();
    }
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

  async useDevice(device: Device, id: string): Promise<void> {
    this.#chosen = { ...this.#chosen, [device]: id };
    if (!this.#tracks.has(device)) return;
    const enabled = this.#on.has(device);
    // Some systems cannot open a second camera while the first is open.
    if (device === 'camera') this.#stop('camera');
    await this.#openTogether({ microphone: device === 'microphone', camera: device === 'camera' });
    const track = this.#tracks.get(device);
    if (track) track.enabled = enabled;
  }

  deviceInUse(device: Device): string | undefined {
    return this.#tracks.get(device)?.getSettings().deviceId ?? this.#chosen[device];
  }

  async shareScreen(on: boolean): Promise<void> {
    if (!on) {
      this.#stopSharing();
      return;
    }
    if (this.isSharing) return;
    const { screen, audio } = await openScreen();
    if (this.#closed || screen === undefined) {
      screen?.stop();
      audio?.stop();
      return;
    }
    screen.addEventListener('ended', () => {
      this.#stopSharing();
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

  async #openEach(): Promise<void> {
    const camera = this.#openTogether({ camera: true, microphone: false });
    const microphone = this.#openTogether({ camera: false, microphone: true });
    await Promise.allSettled([camera, microphone]);
  }

  async #openTogether(wanted: Wanted): Promise<void> {
    try {
      const opened = await openTracks(wanted, this.#chosen);
      const found = devices.flatMap((device) => (opened[device] ? [{ device, track: opened[device] }] : []));
      if (this.#closed) {
        for (const { track } of found) track.stop();
        throw new VeilcastError('closed');
      }
      await Promise.all(found.map(({ device, track }) => this.#deliver(device, track)));
    } catch (error) {
      for (const device of devices.filter((one) => wanted[one])) this.#setOn(device, this.#tracks.has(device));
      const problem = asVeilcastError(error, 'media_busy');
      if (!this.#closed) this.emit('problem', problem);
      throw problem;
    }
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
      this.emit('problem', new VeilcastError('media_missing'));
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

function isDevice(source: TrackSource): source is Device {
  return source === 'microphone' || source === 'camera';
}
