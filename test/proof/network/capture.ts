/** Listens to every interface of every namespace: TCP in full, all else as far as anything in it is in clear. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { killWithUs } from '../../support/processes/killWithUs.ts';
import { waitFor } from '../../support/waitFor.ts';
import { namespaceOf, places } from '../stage/people.ts';
import type { Place } from '../stage/people.ts';

export interface Capture {
  readonly place: Place;
  readonly path: string;
}

/** Beyond it there is ciphertext alone: headers, STUN messages and RTP header extensions are shorter. */
const beginningBytes = 320;
const tellings = [
  { name: 'tcp', filter: 'tcp', keptBytes: 0 },
  { name: 'rest', filter: 'not tcp', keptBytes: beginningBytes },
] as const;

/** The kernel hands packets over in blocks, at least once a second; those it still holds at the end are lost. */
const handOverMs = 1_500;

interface Listener extends Capture {
  readonly child: ChildProcess;
  said: string;
}

export class Captures {
  readonly #listeners: readonly Listener[];

  private constructor(listeners: readonly Listener[]) {
    this.#listeners = listeners;
  }

  static async start(run: number, folder: string): Promise<Captures> {
    const listeners = places.flatMap((place) => tellings.map((telling) => listen({ run, folder, place, ...telling })));
    const captures = new Captures(listeners);
    await waitFor('tcpdump to listen', () => listeners.every(({ said }) => said.includes('listening on')));
    return captures;
  }

  get files(): readonly Capture[] {
    return this.#listeners.map(({ place, path }) => ({ place, path }));
  }

  /** Answers how many packets the kernel had to leave out: of those nothing is known. */
  async stop(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, handOverMs));
    await Promise.all(
      this.#listeners.map(async ({ child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.ref();
        const ended = once(child, 'close');
        child.kill('SIGTERM');
        await ended;
      }),
    );
    return this.#listeners.reduce(
      (sum, { said }) => sum + Number(/(\d+) packets? dropped by kernel/.exec(said)?.[1] ?? NaN),
      0,
    );
  }
}

interface ListenOptions {
  readonly run: number;
  readonly folder: string;
  readonly place: Place;
  readonly name: string;
  readonly filter: string;
  readonly keptBytes: number;
}

function listen({ run, folder, place, name, filter, keptBytes }: ListenOptions): Listener {
  const path = join(folder, `${place}-${name}.pcap`);
  const options = ['-i', 'any', '-n', '-B', '32768', '-s', String(keptBytes), '-Z', 'root', '-w', path];
  // Before everybody else: a packet that waits too long for it is lost to the proof.
  const tcpdump = ['nice', '-n', '-15', 'tcpdump', ...options, filter];
  const command = ['netns', 'exec', namespaceOf(run, place), ...tcpdump];
  const child = spawn('ip', command, { stdio: ['ignore', 'ignore', 'pipe'] });
  killWithUs(child);
  const listener: Listener = { place, path, child, said: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => (listener.said += text));
  return listener;
}
