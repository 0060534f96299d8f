/** Reads times inside a page without its help: clicks, camera, the answer over the socket, ICE, DTLS, first frame. */
import type { Page } from 'playwright-core';

/** Milliseconds since the epoch, except `…AfterClickMs`; 0 where the thing did not happen at this side. */
export interface SideTimes {
  readonly clickedAt: number;
  readonly cameraOpenedAt: number;
  readonly acknowledgedAt: number;
  readonly firstFrameAt: number;
  /** How much of the time after the click ICE and DTLS were still at work: 0 when they were warm. */
  readonly iceAfterClickMs: number;
  readonly dtlsAfterClickMs: number;
}

interface Watch {
  connections: RTCPeerConnection[];
  /** What all open connections report of streams that arrive, but for mediasoup's probe of the bandwidth. */
  inbound: () => Promise<readonly RTCInboundRtpStreamStats[]>;
  /** How often a camera or microphone was opened. */
  opened: number;
  /** The page does not hear what the server says over the socket. */
  isDeaf: boolean;
  clickedAt: number;
  cameraOpenedAt: number;
  acknowledgedAt: number;
  iceConnectedAt: number;
  dtlsConnectedAt: number;
}

declare global {
  interface Window {
    veilcastWatch: Watch;
  }
}

/** Runs in the page before anything else of it. */
export function instrument(): void {
  const now = (): number => performance.timeOrigin + performance.now();
  // A frame's connections are connections of its page.
  const isFrame = parent !== window;
  const watch: Watch = isFrame
    ? parent.veilcastWatch
    : {
        connections: [],
        inbound: async () => {
          const found: RTCInboundRtpStreamStats[] = [];
          for (const connection of window.veilcastWatch.connections) {
            if (connection.connectionState === 'closed') continue;
            // Firefox never answers for a connection that is closed meanwhile. A busy browser takes seconds.
            const nothing = new Promise<undefined>((resolve) => setTimeout(resolve, 10_000));
            (await Promise.race([connection.getStats(), nothing]))?.forEach((entry: RTCInboundRtpStreamStats) => {
              if (entry.type === 'inbound-rtp' && entry.mid !== 'probator') found.push(entry);
            });
          }
          return found;
        },
        opened: 0,
        isDeaf: false,
        clickedAt: 0,
        cameraOpenedAt: 0,
        acknowledgedAt: 0,
        iceConnectedAt: 0,
        dtlsConnectedAt: 0,
      };
  window.veilcastWatch = watch;

  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      watch.connections.push(this);
      // Firefox reports nothing of a connection whose frame is gone.
      if (isFrame) {
        addEventListener('pagehide', () => {
          watch.connections = watch.connections.filter((one) => one !== this);
        });
      }
      this.addEventListener('iceconnectionstatechange', () => {
        if (this.iceConnectionState === 'connected') watch.iceConnectedAt = now();
      });
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') watch.dtlsConnectedAt = now();
      });
    }
  };

  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      // The first listener of all.
      this.addEventListener('message', (event) => {
        if (watch.isDeaf) event.stopImmediatePropagation();
      });
    }
  };

  // A blank page is no secure context: it has no devices.
  if (isFrame || !isSecureContext) return;

  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    if (stream.getVideoTracks().length > 0) watch.cameraOpenedAt = now();
    watch.opened += 1;
    return stream;
  };

  const send = Reflect.get(WebSocket.prototype, 'send');
  WebSocket.prototype.send = function (this: WebSocket, data: string) {
    const asked = /"id":(\d+).*"method":"answer"|"method":"answer".*"id":(\d+)/.exec(data);
    if (asked !== null) {
      const id = `"id":${asked[1] ?? asked[2] ?? ''}`;
      const onMessage = ({ data: answer }: MessageEvent<string>): void => {
        if (!answer.includes(`${id},`) && !answer.includes(`${id}}`)) return;
        watch.acknowledgedAt = now();
        this.removeEventListener('message', onMessage);
      };
      this.addEventListener('message', onMessage);
    }
    send.call(this, data);
  };

  document.addEventListener(
    'click',
    ({ target }) => {
      if (target instanceof Element && target.closest('[data-testid="accept"]') !== null) watch.clickedAt = now();
    },
    { capture: true },
  );
}

/** Begins to look for the first frame of the other side; the page must have been opened with `instrument`. */
export async function startFrameWatch(
  page: Page,
): Promise<{ readonly firstFrame: Promise<number>; times(): Promise<SideTimes> }> {
  await page.evaluate(() => {
    Object.assign(window.veilcastWatch, {
      clickedAt: 0,
      cameraOpenedAt: 0,
      acknowledgedAt: 0,
      iceConnectedAt: 0,
      dtlsConnectedAt: 0,
    });
  });
  const firstFrame = page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const deadline = performance.now() + 15_000;
        const look = (): void => {
          const video = document.querySelector('[data-testid="remote-video"]');
          if (video instanceof HTMLVideoElement) {
            video.requestVideoFrameCallback((at) => {
              resolve(performance.timeOrigin + at);
            });
          } else if (performance.now() > deadline) reject(new Error('no remote video appeared'));
          else requestAnimationFrame(look);
        };
        look();
        setTimeout(() => {
          reject(new Error('no frame of the other side within 20 s'));
        }, 20_000);
      }),
  );
  firstFrame.catch(() => undefined);
  return {
    firstFrame,
    times: async () => {
      const firstFrameAt = await firstFrame;
      const { clickedAt, cameraOpenedAt, acknowledgedAt, iceConnectedAt, dtlsConnectedAt } = await page.evaluate(
        () => ({ ...window.veilcastWatch, connections: [] }),
      );
      return {
        clickedAt,
        cameraOpenedAt,
        acknowledgedAt,
        firstFrameAt,
        iceAfterClickMs: iceConnectedAt === 0 ? 0 : iceConnectedAt - clickedAt,
        dtlsAfterClickMs: dtlsConnectedAt === 0 ? 0 : dtlsConnectedAt - clickedAt,
      };
    },
  };
}

export interface MediaStats {
  readonly framesDecoded: number;
  readonly videoBytesReceived: number;
  readonly audioBytesReceived: number;
  /** Energy of what is heard (webrtc-stats §8.3); the fake device beeps. */
  readonly audioEnergy: number;
  /** The candidates that the server told these connections. */
  readonly told: readonly { readonly address: string; readonly port: number }[];
  /** When it was read: milliseconds, monotone. */
  readonly at: number;
}

/** What this page has received over all its connections; the server's bandwidth probes are left out. */
export function mediaStats(page: Page): Promise<MediaStats> {
  return page.evaluate(async () => {
    const total = { framesDecoded: 0, videoBytesReceived: 0, audioBytesReceived: 0, audioEnergy: 0 };
    const told: { address: string; port: number }[] = [];
    for (const connection of window.veilcastWatch.connections) {
      if (connection.connectionState === 'closed') continue;
      for (const line of (connection.remoteDescription?.sdp ?? '').split('\n')) {
        const [, address, port] = /^a=candidate:\S+ \d+ \S+ \d+ (\S+) (\d+) /.exec(line) ?? [];
        if (address !== undefined) told.push({ address, port: Number(port) });
      }
      (await connection.getStats()).forEach((entry: RTCInboundRtpStreamStats) => {
        if (entry.type !== 'inbound-rtp' || entry.mid === 'probator') return;
        if (entry.kind === 'video') {
          total.framesDecoded += entry.framesDecoded ?? 0;
          total.videoBytesReceived += entry.bytesReceived ?? 0;
        } else {
          total.audioBytesReceived += entry.bytesReceived ?? 0;
          total.audioEnergy += entry.totalAudioEnergy ?? 0;
        }
      });
    }
    return { ...total, told, at: performance.now() };
  });
}

/** What comes of video over the next three seconds, bit/s. */
export async function videoBitrate(page: Page): Promise<number> {
  const first = await mediaStats(page);
  await page.waitForTimeout(3_000);
  const second = await mediaStats(page);
  return ((second.videoBytesReceived - first.videoBytesReceived) * 8) / ((second.at - first.at) / 1000);
}

/** Mean sizes of the audio packets that this page sent within each tenth of a second, in bytes, for so many of them. */
export function audioPacketSizes(page: Page, samples: number): Promise<readonly number[]> {
  return page.evaluate(async (count) => {
    const read = async () => {
      const sent = { bytes: 0, packets: 0 };
      for (const connection of window.veilcastWatch.connections) {
        if (connection.connectionState === 'closed') continue;
        (await connection.getStats()).forEach((entry: RTCOutboundRtpStreamStats) => {
          if (entry.type !== 'outbound-rtp' || entry.kind !== 'audio') return;
          sent.bytes += entry.bytesSent ?? 0;
          sent.packets += entry.packetsSent ?? 0;
        });
      }
      return sent;
    };
    const sizes: number[] = [];
    let before = await read();
    while (sizes.length < count) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const now = await read();
      if (now.packets > before.packets) sizes.push((now.bytes - before.bytes) / (now.packets - before.packets));
      before = now;
    }
    return sizes;
  }, samples);
}

/** How often this page has opened a camera or a microphone. */
export function timesOpened(page: Page): Promise<number> {
  return page.evaluate(() => window.veilcastWatch.opened);
}

/** From now until it is left, the page hears nothing that the server says over the socket. */
export function deafen(page: Page): Promise<void> {
  return page.evaluate(() => {
    window.veilcastWatch.isDeaf = true;
  });
}

/** The server's ICE user fragments of every open connection of this page. */
export function iceFragments(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    window.veilcastWatch.connections
      .filter(({ connectionState }) => connectionState === 'connected')
      .map(({ remoteDescription }) => /a=ice-ufrag:(\S+)/.exec(remoteDescription?.sdp ?? '')?.[1] ?? ''),
  );
}

/** What every open stream of this page says of itself, for whoever looks for why nothing comes. */
export function streamsOf(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const told = ['kind', 'ssrc', 'rid', 'active', 'packetsReceived', 'framesReceived', 'framesDecoded', 'pliCount'];
    const counted = ['keyFramesDecoded', 'packetsSent', 'framesSent', 'framesEncoded', 'keyFramesEncoded', 'frames'];
    const lines: string[] = [];
    for (const connection of window.veilcastWatch.connections) {
      if (connection.connectionState === 'closed') continue;
      lines.push(`${connection.connectionState}, ICE ${connection.iceConnectionState}`);
      (await connection.getStats()).forEach((entry: Record<string, unknown>) => {
        if (!['inbound-rtp', 'outbound-rtp', 'media-source'].includes(String(entry['type']))) return;
        const facts = [...told, ...counted]
          .filter((name) => name in entry)
          .map((name) => `${name} ${String(entry[name])}`);
        lines.push(`  ${String(entry['type'])}: ${facts.join(', ')}`);
      });
    }
    return lines.join('\n');
  });
}
