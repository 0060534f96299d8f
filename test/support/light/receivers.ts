/** Many light receivers in one process, read in turn. The kernel says when each packet came, so that turns may be slow. */
import { setTimeout as delay } from 'node:timers/promises';
import { Arrivals } from '../../load/arrivals.ts';
import type { Observer } from '../../load/arrivals.ts';
import { Identity } from '../../../src/load/media/openssl.ts';
import { answerMessage, orderMessage } from './orders.ts';
import type { Order, Reckoning } from './orders.ts';
import { LightReceiver } from './receiver.ts';

const connectingEveryMs = 5;
/** About ten packets of each stream: their buffers hold fifty times as many. */
const openEveryMs = 100;
/** What is still on its way at the end. */
const lastOnesMs = 1_000;

type Connect = Extract<Order, { name: 'connect' }>;

class Receivers {
  readonly #identity = new Identity();
  readonly #arrivals = new Arrivals();
  readonly #observers = new Map<string, Observer>();
  readonly #receivers = new Map<string, LightReceiver>();
  readonly #connecting = new Set<LightReceiver>();
  #began = { at: 0, cpu: process.cpuUsage(), dropped: 0 };

  constructor() {
    setInterval(() => {
      this.#look([...this.#connecting]);
    }, connectingEveryMs);
    setInterval(() => {
      this.#look(this.#receivers.values());
    }, openEveryMs);
  }

  async follow(order: Order): Promise<unknown> {
    switch (order.name) {
      case 'identify':
        return this.#identity.fingerprint;
      case 'connect':
        return this.#connect(order);
      case 'expect':
        this.#observers.get(order.viewer)?.expect(order.streams);
        return undefined;
      case 'begin':
        this.#begin();
        return undefined;
      case 'end':
        return this.#end(order);
    }
  }

  async #connect({ viewer, group, localAddress, transport }: Connect): Promise<void> {
    const observer = this.#arrivals.observer(group);
    const onRtp: Observer['take'] = (header, at) => {
      observer.take(header, at);
    };
    const receiver = new LightReceiver({ transport, identity: this.#identity, localAddress, onRtp });
    this.#observers.set(viewer, observer);
    this.#receivers.set(viewer, receiver);
    this.#connecting.add(receiver);
    await receiver.connected.finally(() => this.#connecting.delete(receiver));
  }

  #begin(): void {
    this.#look(this.#receivers.values());
    this.#arrivals.begin();
    this.#began = { at: performance.now(), cpu: process.cpuUsage(), dropped: this.#dropped() };
  }

  async #end({ later, sent = [] }: Extract<Order, { name: 'end' }>): Promise<Reckoning> {
    this.#look(this.#receivers.values());
    this.#arrivals.end();
    const { user, system } = process.cpuUsage(this.#began.cpu);
    const cpu = (user + system) / 1000 / (performance.now() - this.#began.at);
    await delay(lastOnesMs);
    this.#look(this.#receivers.values());
    const laterMs = later === undefined ? undefined : this.#arrivals.laterIn(later.group, later.than);
    const droppedHere = this.#dropped() - this.#began.dropped;
    const wayMs = this.#arrivals.since(new Map(sent));
    return {
      ...this.#arrivals.tally(),
      droppedHere,
      cpu,
      ...(laterMs === undefined ? {} : { laterMs }),
      ...(wayMs === undefined ? {} : { wayMs }),
    };
  }

  #dropped(): number {
    return [...this.#receivers.values()].reduce((sum, { dropped }) => sum + dropped, 0);
  }

  #look(receivers: Iterable<LightReceiver>): void {
    const now = performance.now();
    for (const receiver of receivers) receiver.look(now);
  }
}

/** For the program that is started as the receivers' process: follows orders until whoever gives them is gone. */
export function receiveForParent(): void {
  const receivers = new Receivers();
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    const { id, order } = orderMessage.parse(message);
    receivers.follow(order).then(
      (result) => process.send?.(answerMessage.parse({ id, result })),
      (error: unknown) => process.send?.(answerMessage.parse({ id, error: String(error) })),
    );
  });
}
