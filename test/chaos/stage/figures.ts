/** What a process tells of itself on its admin port. */
import { adminHeaders } from '../../support/processes/serverProcess.ts';
import { now } from '../clients/ears.ts';

export interface Figures {
  readonly at: number;
  readonly broadcasts: number;
  readonly sessions: number;
  readonly transports: number;
  readonly producers: number;
  readonly consumers: number;
  readonly heapBytes: number;
  readonly openFiles: number;
  /** Sockets, timers' files and the like that Node holds. */
  readonly handles: number;
  /** Of all media workers, since they began. */
  readonly workerCpuSeconds: number;
}

const names = {
  broadcasts: 'veilcast_broadcasts',
  sessions: 'veilcast_sessions',
  transports: 'veilcast_transports',
  producers: 'veilcast_producers',
  consumers: 'veilcast_consumers',
  heapBytes: 'veilcast_nodejs_heap_size_used_bytes',
  openFiles: 'veilcast_process_open_fds',
} as const;

const limitMs = 5_000;

/** Throws when the process does not answer, and when a figure is not there: nothing is taken for zero. */
export async function figuresOf(adminUrl: string): Promise<Figures> {
  const response = await fetch(`${adminUrl}/metrics`, { headers: adminHeaders, signal: AbortSignal.timeout(limitMs) });
  return readFigures(await response.text(), now());
}

export function readFigures(text: string, at: number): Figures {
  const values = new Map<string, number>();
  for (const [, name = '', value] of text.matchAll(/^([a-z_]+) ([-+.e\d]+)$/gm)) values.set(name, Number(value));
  const sumOf = (name: string): number =>
    [...text.matchAll(/^([a-z_]+)\{[^}]*\} ([-+.e\d]+)$/gm)]
      .filter(([, one]) => one === name)
      .reduce((sum, [, , value]) => sum + Number(value), 0);
  const handles = sumOf('veilcast_nodejs_active_handles');
  // Whatever answers has at least the socket of this scrape.
  if (handles === 0) throw new Error('the metrics tell nothing of handles');
  const figure = (name: keyof typeof names): number => {
    const value = values.get(names[name]);
    if (value === undefined) throw new Error(`the metrics tell nothing of ${names[name]}`);
    return value;
  };
  return {
    at,
    broadcasts: figure('broadcasts'),
    sessions: figure('sessions'),
    transports: figure('transports'),
    producers: figure('producers'),
    consumers: figure('consumers'),
    heapBytes: figure('heapBytes'),
    openFiles: figure('openFiles'),
    handles,
    workerCpuSeconds: sumOf('veilcast_media_worker_cpu_seconds_total'),
  };
}
