/** A headless device: rings, answers, speaks and listens, and keeps its calls alive as the SDK would. */
import { admittedCall, callView } from '../../../src/protocol/shared/calls.ts';
import type { AdmittedCall, CallView } from '../../../src/protocol/shared/calls.ts';
import type { RtpCapabilities } from '../../../src/protocol/shared/media.ts';
import { notifications } from '../../../src/protocol/socket/notifications.ts';
import { request } from '../../support/participant/person.ts';
import { waitFor } from '../../support/waitFor.ts';
import { CallLine } from './callLine.ts';
import { Ears, now } from './ears.ts';
import type { Diary, Note, ToldCall } from './diary.ts';
import { Link } from './link.ts';
import type { Hello } from './link.ts';

/** Of no track: a request that names it shows whether the session is there, and changes nothing. */
const noSubscription = '00000000-0000-4000-8000-000000000000';

export interface DeviceOptions {
  readonly urls: readonly string[];
  readonly userId: string;
  readonly token: string;
  readonly deviceId: string;
  readonly localAddress: string;
  readonly diary: Diary;
  /** Answers whatever rings. */
  readonly answers: boolean;
  /** Speaks and listens in its calls, which costs far more than being in them. */
  readonly media?: boolean;
}

export class Device {
  readonly userId: string;
  readonly ears: Ears;
  readonly lines = new Map<string, CallLine>();
  readonly #options: DeviceOptions;
  readonly #link: Link;
  #rtpCapabilities: RtpCapabilities | undefined;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.userId = options.userId;
    this.ears = new Ears(options.userId);
    this.#link = new Link({
      ...options,
      heard: ({ method, params }) => {
        this.#heard(method, params);
      },
      onHello: (hello, first) => {
        this.#onHello(hello, first);
      },
      lost: () => {
        this.#note({ kind: 'socketLost' });
      },
    });
  }

  connect(): Promise<void> {
    return this.#link.connect();
  }

  /** Goes to the next node, as after a loss of its socket. */
  async move(): Promise<void> {
    const before = this.#link.sockets;
    this.#link.lose();
    await waitFor('the next node', () => this.#link.sockets > before && this.#link.isOpen);
  }

  /** The node that it talks to now. */
  get url(): string {
    return this.#link.url;
  }

  /** Throws what the server refused with. */
  async call(callees: readonly string[]): Promise<string> {
    const body = { callees, media: 'audio', deviceId: this.#options.deviceId };
    const { call, ticket } = admittedCall.parse(await this.#http('/v1/calls', body));
    this.#take(call.id, ticket);
    return call.id;
  }

  async answer(callId: string): Promise<void> {
    await this.#link.request('answer', { callId: callView.shape.id.parse(callId) });
    this.#note({ kind: 'answered', callId });
  }

  async hold(callId: string, onHold: boolean): Promise<void> {
    await this.#link.request('hold', { callId: callView.shape.id.parse(callId), onHold });
  }

  /** Numbers of the events that it is told of. */
  async eventsAfter(callId: string, after: number): Promise<readonly number[]> {
    const { events } = await this.#link.request('events', { callId: callView.shape.id.parse(callId), after });
    return events.map(({ seq }) => seq);
  }

  /** Into a call that it has left. */
  async rejoin(callId: string): Promise<void> {
    const { call, ticket } = await this.#link.request('rejoin', { callId: callView.shape.id.parse(callId) });
    this.#drop(call.id);
    this.#take(call.id, ticket);
  }

  /** Whether a node has this device's session in the call: asked by a request that changes nothing. */
  async hasSession(callId: string): Promise<boolean> {
    const sessionId = this.lines.get(callId)?.seat?.sessionId;
    if (sessionId === undefined) return false;
    try {
      await this.#link.request('prefer', { sessionId, subscriptionId: noSubscription, spatialLayer: 0 });
      return true;
    } catch (error) {
      if (String(error).includes('subscription_not_found')) return true;
      if (String(error).includes('session_not_found')) return false;
      throw error;
    }
  }

  async leave(callId: string): Promise<void> {
    this.#drop(callId);
    this.#note({ kind: 'left', callId });
    await this.#link.request('leave', { callId: callView.shape.id.parse(callId) });
  }

  async close(): Promise<void> {
    for (const callId of [...this.lines.keys()]) this.#drop(callId);
    await this.#link.close();
  }

  async #http(path: string, body?: unknown): Promise<unknown> {
    const answer = await request(`${this.#link.url}${path}`, {
      credential: this.#options.token,
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    if (answer.status >= 400) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  #take(callId: string, ticket: string): CallLine {
    const { localAddress, media = true } = this.#options;
    const line = new CallLine(ticket, {
      callId,
      link: this.#link,
      ears: this.ears,
      localAddress,
      media,
      rtpCapabilities: () => {
        if (this.#rtpCapabilities === undefined) throw new Error('nobody has said hello');
        return this.#rtpCapabilities;
      },
      freshTicket: () => this.#freshTicket(callId),
      note: (what) => {
        if (typeof what === 'object') this.#note({ kind: 'refused', what: what.refused, why: what.why });
        else this.#note(what === 'moving' ? { kind: what } : { kind: what, callId });
      },
    });
    this.lines.set(callId, line);
    void line.join();
    return line;
  }

  #drop(callId: string): void {
    this.lines.get(callId)?.close();
    this.lines.delete(callId);
  }

  async #freshTicket(callId: string): Promise<string | undefined> {
    try {
      return admittedCall.parse(await this.#http(`/v1/calls/${callId}`)).ticket;
    } catch {
      return undefined;
    }
  }

  #onHello({ calls, routerRtpCapabilities }: Hello, first: boolean): void {
    this.#rtpCapabilities = routerRtpCapabilities;
    this.#note({ kind: 'hello', calls: calls.map(({ call }) => told(call)) });
    for (const admitted of calls) this.#admitted(admitted);
    if (first) return;
    const live = new Set<string>(calls.map(({ call }) => call.id));
    for (const [callId, line] of this.lines) {
      // The SDK asks once more how such a call ended; here it is enough that it has.
      if (!live.has(callId)) void this.#isOver(callId);
      else void line.resume();
    }
  }

  /** It was not among this user's calls: ended, or the store has lost it and a node puts it back. */
  async #isOver(callId: string): Promise<void> {
    const line = this.lines.get(callId);
    try {
      const { call } = admittedCall.partial({ ticket: true }).parse(await this.#http(`/v1/calls/${callId}`));
      this.#changed(call, []);
      if (call.phase !== 'ended') await line?.resume();
    } catch (error) {
      this.#note({ kind: 'refused', what: 'read', why: String(error) });
      if (String(error).includes('call_not_found')) this.#drop(callId);
      else await line?.resume();
    }
  }

  #admitted({ call, ticket }: AdmittedCall): void {
    const mine = call.participants.find(({ userId }) => userId === this.userId);
    const line = this.lines.get(call.id);
    if (line !== undefined) line.ticket = ticket;
    else if (mine?.state === 'invited' || call.answeredHere === true) this.#take(call.id, ticket);
    if (mine?.state === 'invited' && this.#options.answers) this.#pickUp(call.id);
  }

  #pickUp(callId: string): void {
    this.answer(callId).catch((error: unknown) => {
      this.#note({ kind: 'refused', what: 'answer', why: String(error) });
    });
  }

  #heard(method: string, params: unknown): void {
    switch (method) {
      case 'call.incoming': {
        const admitted = notifications[method].params.parse(params);
        this.#note({ kind: 'rang', call: told(admitted.call) });
        this.#admitted(admitted);
        return;
      }
      case 'call.changed': {
        const { call, events } = notifications[method].params.parse(params);
        this.#changed(
          call,
          events.map(({ seq }) => seq),
        );
        return;
      }
      case 'subscription.added': {
        const { sessionId, subscriptions } = notifications[method].params.parse(params);
        // Of a session whose join is not answered here yet nobody knows the call: every line keeps it for then.
        const known = [...this.lines.values()].filter((line) => line.has(sessionId));
        for (const line of known.length > 0 ? known : this.lines.values()) line.added(sessionId, subscriptions);
        return;
      }
      case 'subscription.removed': {
        const { sessionId, subscriptionIds } = notifications[method].params.parse(params);
        for (const line of this.lines.values()) line.removed(sessionId, subscriptionIds);
        return;
      }
      case 'session.closed': {
        const { sessionId, why } = notifications[method].params.parse(params);
        this.#note({ kind: 'sessionClosed', why });
        for (const line of this.lines.values()) void line.sessionClosed(sessionId, why);
        return;
      }
      case 'session.moving': {
        const { sessionId } = notifications[method].params.parse(params);
        for (const line of this.lines.values()) void line.move(sessionId);
      }
    }
  }

  #changed(call: CallView, events: readonly number[]): void {
    this.#note({ kind: 'told', call: told(call), events });
    const mine = call.participants.find(({ userId }) => userId === this.userId);
    if (call.phase === 'ended' || mine?.state === 'gone') this.#drop(call.id);
  }

  #note(note: Note): void {
    const { userId, deviceId, diary } = this.#options;
    diary.entries.push({ at: now(), userId, deviceId, socket: this.#link.sockets, ...note });
  }
}

function told({ id, phase, lastEvent, reason }: CallView): ToldCall {
  return { callId: id, phase, lastEvent, reason };
}
