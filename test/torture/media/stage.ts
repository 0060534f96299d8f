/** One server and one browser of an engine, with Alice, Bob and Carol in it, and a call between them. */
import { networkInterfaces } from 'node:os';
import type { Browser, Page } from 'playwright-core';
import type { Call, VeilcastClient } from '../../../src/client/index.ts';
import { comeHome, launchBrowser, openPerson, switchCallingOn } from '../../support/browser/browser.ts';
import type { Engine, Person } from '../../support/browser/browser.ts';
import { instrument } from '../../support/browser/pageWatch.ts';
import { TestRedis } from '../../support/redis/redis.ts';
import { startServerProcess } from '../../support/processes/serverProcess.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { canvasSlides, openSlides, shareCanvas, slideSize } from '../../support/browser/slides.ts';
import type { Slides } from '../../support/browser/slides.ts';
import { waitFor } from '../../support/waitFor.ts';
import { Door, Packets } from './network.ts';
import { cameraLines } from './probes.ts';

declare global {
  interface Window {
    veilcast: { client: VeilcastClient };
    cameraLines: number | undefined;
    /** The camera gives two frames a second, with nothing but noise in them. */
    isDark: boolean | undefined;
  }
}

export const names = ['alice', 'bob', 'carol'] as const;
export type Name = (typeof names)[number];

/** Small enough for slow machines, whose browsers would make a large picture smaller by themselves. */
export const usualLines = 480;

/** Firefox takes no candidate on loopback. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

function chooseCamera(): void {
  if (parent !== window || !isSecureContext) return;
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const openInTheDark = async ({ audio }: MediaStreamConstraints): Promise<MediaStream> => {
    const height = window.cameraLines ?? 480;
    const canvas = Object.assign(document.createElement('canvas'), { width: (height * 4) / 3, height });
    const context = canvas.getContext('2d');
    setInterval(() => {
      if (context === null) return;
      for (let dot = 0; dot < 400; dot += 1) {
        context.fillStyle = `rgb(${Array.from({ length: 3 }, () => Math.round(Math.random() * 24)).join(' ')})`;
        context.fillRect(Math.random() * canvas.width, Math.random() * height, 24, 18);
      }
    }, 500);
    const stream = canvas.captureStream();
    if (audio) for (const track of (await open({ audio })).getTracks()) stream.addTrack(track);
    return stream;
  };
  navigator.mediaDevices.getUserMedia = (constraints = {}) => {
    const height = window.cameraLines ?? 480;
    const video = constraints.video ? { width: (height * 4) / 3, height, frameRate: 15 } : false;
    const { deviceId } = typeof constraints.video === 'object' ? constraints.video : {};
    if (window.isDark && constraints.video) return openInTheDark(constraints);
    return open({ ...constraints, video: video && deviceId !== undefined ? { ...video, deviceId } : video });
  };
}

/** Runs in every window of a page, since connections have one of their own. */
function chooseVideoCodec(): void {
  if (!('RTCPeerConnection' in window)) return;
  const add = Reflect.get(RTCPeerConnection.prototype, 'addTransceiver');
  RTCPeerConnection.prototype.addTransceiver = function (this: RTCPeerConnection, ...given) {
    const transceiver = add.call(this, ...given);
    const only = parent.sessionStorage.getItem('onlyVideoCodec');
    if (only !== null && transceiver.receiver.track.kind === 'video') {
      const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
      transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => [only, 'video/rtx'].includes(mimeType)));
    }
    return transceiver;
  };
}

async function openTab(browser: Browser) {
  const page = await (await browser.newContext()).newPage();
  return { page, slides: await openSlides(page) };
}

export class MediaStage {
  readonly engine: Engine;
  readonly server: ServerProcess;
  readonly packets: Packets;
  readonly people = new Map<Name, Person>();
  readonly doors = new Map<Name, Door>();
  /** What Alice shares. */
  readonly slides: Slides;
  readonly #tabOfSlides: Page | undefined;
  readonly #browser: Browser;
  readonly #redis: TestRedis;

  private constructor(parts: {
    engine: Engine;
    server: ServerProcess;
    redis: TestRedis;
    browser: Browser;
    packets: Packets;
    tab: { readonly page: Page; readonly slides: Slides } | undefined;
  }) {
    this.engine = parts.engine;
    this.server = parts.server;
    this.packets = parts.packets;
    this.#redis = parts.redis;
    this.#browser = parts.browser;
    this.#tabOfSlides = parts.tab?.page;
    this.slides = parts.tab?.slides ?? canvasSlides(() => this.page('alice'));
  }

  static async open(engine: Engine, product: string | undefined): Promise<MediaStage> {
    const own = ownAddress();
    const redis = await TestRedis.start();
    const server = await startServerProcess({
      redisUrl: redis.url,
      environment: {
        VEILCAST_MEDIA_LISTEN_ADDRESSES: own,
        VEILCAST_MEDIA_ANNOUNCED_ADDRESSES: own,
      },
      readyWithinMs: 90_000,
      ...(product === undefined ? {} : { checkout: product }),
    });
    const browser = await launchBrowser({ engine, ...(engine === 'firefox' ? {} : { sharedTab: 'Slides' }) });
    const packets = await Packets.start(server.mediaPorts);
    const tab = engine === 'firefox' ? undefined : await openTab(browser);
    const stage = new MediaStage({ engine, server, redis, browser, packets, tab });
    for (const name of names) stage.doors.set(name, await Door.to(server.httpPort));
    for (const name of names) await stage.#enter(name);
    return stage;
  }

  async close(): Promise<void> {
    this.packets.stop();
    await this.#browser.close();
    for (const door of this.doors.values()) door.close();
    await this.server.stop();
    await this.#redis.stop();
  }

  person(name: Name): Person {
    const person = this.people.get(name);
    if (person === undefined) throw new Error(`nobody is ${name}`);
    return person;
  }

  page(name: Name): Page {
    return this.person(name).page;
  }

  door(name: Name): Door {
    const door = this.doors.get(name);
    if (door === undefined) throw new Error(`no door of ${name}`);
    return door;
  }

  click(name: Name, testId: string): Promise<void> {
    return this.page(name).getByTestId(testId).first().click();
  }

  /** Alice calls Bob, and both see each other unless Bob answers without a camera. */
  async call(answer: 'accept' | 'accept-audio' = 'accept'): Promise<void> {
    await this.click('alice', 'call-video-bob');
    await this.click('bob', answer);
    await this.sees('bob');
    if (answer === 'accept') await this.sees('alice');
  }

  async sees(name: Name): Promise<void> {
    await waitFor(`a moving picture at ${name}`, async () => (await cameraLines(this.page(name))) > 0, {
      withinMs: 40_000,
    });
  }

  /** Lines of the camera that Bob receives, once they stay what they are. */
  async settledLines(): Promise<number> {
    let [lines, since] = [0, 0];
    await waitFor(
      'a picture at Bob that grows no more',
      async () => {
        const now = await cameraLines(this.page('bob'));
        since = now === lines && now > 0 ? since + 1 : 0;
        lines = now;
        return since >= 3;
      },
      { withinMs: 40_000 },
    );
    return lines;
  }

  /** Another tab of the same window comes before the one that is shared. */
  async coverSlides(): Promise<void> {
    const cover = await this.#tabOfSlides?.context().newPage();
    await cover?.bringToFront();
  }

  /** Opens all pages anew, with browsers that know this codec of video alone, or all of theirs again. */
  async knowsOnly(codec: string | undefined): Promise<void> {
    for (const name of names) {
      const page = this.page(name);
      await page.evaluate((only) => {
        if (only === undefined) sessionStorage.removeItem('onlyVideoCodec');
        else sessionStorage.setItem('onlyVideoCodec', only);
      }, codec);
      await page.reload();
      await comeHome(this.person(name));
    }
  }

  /** Of the call that this page is in. */
  onCall<Result>(name: Name, act: (call: Call) => Promise<Result>): Promise<Result> {
    return this.page(name).evaluate<Result>(`(${act.toString()})(window.veilcast.client.calls[0])`);
  }

  /** Everybody leaves, and the network is whole. A page that does not come home is opened anew. */
  async rest(): Promise<void> {
    await this.packets.mend();
    await this.#tabOfSlides?.bringToFront();
    for (const cover of this.#tabOfSlides?.context().pages() ?? [])
      if (cover !== this.#tabOfSlides) await cover.close();
    for (const name of names) {
      await comeHome(this.person(name)).catch(async () => {
        await this.person(name).page.context().close();
        await this.#enter(name);
      });
    }
  }

  async #enter(name: Name): Promise<void> {
    const person = await openPerson({
      url: this.door(name).url,
      as: name,
      browser: this.#browser,
      // Browsers make a shared screen no larger than that of who shares it.
      viewport: slideSize,
      prelude: instrument,
      watch: (page) => {
        page.on('crash', () => {
          console.error(`${this.engine}: the page of ${name} crashed`);
        });
        void page.addInitScript(chooseCamera);
        void page.addInitScript(chooseVideoCodec);
        if (this.engine === 'firefox') void page.addInitScript(shareCanvas);
      },
    });
    this.people.set(name, person);
    await switchCallingOn(person);
  }
}
