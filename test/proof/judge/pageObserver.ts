/** What a page receives, kept as evidence; and what the page's browser knows of itself, which nobody else may receive. */
import type { Page } from 'playwright-core';
import { textNeedles } from './needles.ts';
import type { Needle } from './needles.ts';
import { addressesOf } from '../stage/people.ts';
import type { Client } from '../stage/people.ts';
import type { Evidence } from './evidence.ts';

export class PageObserver {
  readonly client: Client;
  readonly #evidence: Evidence;
  /** By the secret itself: each is looked for once. */
  readonly #secrets = new Map<string, string>();
  readonly #gathered = new Set<string>();
  readonly #reading = new Set<Promise<void>>();
  /** What the page itself tells the server over its socket. */
  said = 0;
  /** How many sockets its page has opened. */
  sockets = 0;

  constructor(client: Client, evidence: Evidence) {
    this.client = client;
    this.#evidence = evidence;
  }

  /** From before the page loads anything. */
  watch(page: Page): void {
    const holder = this.client;
    page.on('websocket', (socket) => {
      this.sockets += 1;
      socket.on('framereceived', ({ payload }) => {
        this.#evidence.add({ holder, what: 'socket frames of the page' }, payload);
      });
      socket.on('framesent', ({ payload }) => {
        this.said += 1;
        // What the server is told: held to the rules for what the operator keeps.
        this.#evidence.add({ holder: 'operator', what: `what ${holder}’s page says over its socket` }, payload);
      });
    });
    page.on('response', (response) => {
      const headers = JSON.stringify(response.headers());
      const { now } = this.#evidence;
      const read = response.body().then(
        (body) => {
          // Of the scenario in which it came, however late its body is read.
          const piece = { holder, what: 'HTTP answers to the page' };
          if (now === this.#evidence.now) this.#evidence.add(piece, Buffer.concat([Buffer.from(headers), body]));
          else this.#evidence.add({ ...piece, what: `${piece.what}, of ${now}` }, body);
        },
        // A redirect, or a page that is gone meanwhile: the capture has it.
        () => undefined,
      );
      this.#reading.add(read);
      void read.finally(() => this.#reading.delete(read));
    });
  }

  learnUserAgent(userAgent: string): void {
    this.#learn('user agent', userAgent);
  }

  /** While its connections are open: what they were told and measure, and what they know of themselves. */
  async look(page: Page): Promise<void> {
    const seen = await page.evaluate(readConnections);
    const holder = this.client;
    for (const remote of seen.remote) this.#evidence.add({ holder, what: 'remote descriptions of the page' }, remote);
    for (const stats of seen.stats) this.#evidence.add({ holder, what: 'statistics of the page' }, stats);
    for (const label of seen.labels) this.#learn('device label', label);
    for (const local of seen.local) this.#learnDescription(local);
    for (const address of seen.candidates) {
      this.#gathered.add(address);
      if (address.endsWith('.local')) this.#learn('mDNS name', address);
    }
  }

  /** Whether its browser gathered candidates with its real address: else there would have been nothing to leak. */
  get hasSeenItsOwnAddress(): boolean {
    const own = addressesOf(this.client);
    return own.some((address) => this.#gathered.has(address));
  }

  async settled(): Promise<void> {
    await Promise.all(this.#reading);
  }

  get secrets(): readonly { readonly kind: string; readonly secret: string }[] {
    return [...this.#secrets].map(([secret, kind]) => ({ kind, secret }));
  }

  get needles(): readonly Needle[] {
    return this.secrets.flatMap(({ kind, secret }) => textNeedles(this.client, kind, secret));
  }

  #learnDescription(sdp: string): void {
    for (const [what, pattern] of [
      ['ICE password', /a=ice-pwd:(\S+)/g],
      ['CNAME', /a=ssrc:\d+ cname:(\S+)/g],
      ['mDNS name', /\s(\S+\.local)\s/g],
    ] as const) {
      for (const [, secret = ''] of sdp.matchAll(pattern)) this.#learn(what, secret);
    }
    // Four letters of ICE are in any long text by chance; in one of the ways in which they would be told they are not.
    for (const [, fragment = ''] of sdp.matchAll(/a=ice-ufrag:(\S+)/g)) {
      for (const told of [`ufrag:${fragment}`, `ufrag ${fragment}`, `"${fragment}"`]) this.#learn('ICE fragment', told);
    }
  }

  #learn(kind: string, secret: string): void {
    if (!this.#secrets.has(secret)) this.#secrets.set(secret, kind);
  }
}

/** Runs in the page. */
async function readConnections() {
  const remote: string[] = [];
  const local: string[] = [];
  const stats: string[] = [];
  const candidates: string[] = [];
  for (const connection of window.veilcastWatch.connections) {
    remote.push(connection.remoteDescription?.sdp ?? '');
    local.push(connection.localDescription?.sdp ?? '');
    if (connection.connectionState === 'closed') continue;
    (await connection.getStats()).forEach((entry: Record<string, unknown>) => {
      stats.push(JSON.stringify(entry));
      const { type, address } = entry;
      if (type === 'local-candidate' && typeof address === 'string') candidates.push(address);
    });
  }
  // What any script of a page with a camera can find out, though no call of ours asks for it.
  const probe = new RTCPeerConnection();
  const gathered = new Promise((resolve) => {
    probe.addEventListener('icegatheringstatechange', () => {
      if (probe.iceGatheringState === 'complete') resolve(undefined);
    });
    probe.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.address) candidates.push(candidate.address);
    });
    setTimeout(resolve, 500);
  });
  probe.createDataChannel('probe');
  await probe.setLocalDescription();
  await gathered;
  probe.close();
  const labels = (await navigator.mediaDevices.enumerateDevices())
    .map(({ label }) => label)
    .filter((label) => label !== '');
  return { remote, local, stats, candidates, labels };
}
