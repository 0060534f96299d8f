/** A person with one headless device: HTTP, socket and real WebRTC media, like an app of their own. */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { admittedCall, callView } from '../../../src/protocol/shared/calls.ts';
import type { AdmittedCall, CallView } from '../../../src/protocol/shared/calls.ts';
import { issuedTicket, userToken } from '../../../src/protocol/http/http.ts';
import type { RtpCapabilities } from '../../../src/protocol/shared/media.ts';
import { notifications } from '../../../src/protocol/socket/notifications.ts';
import type { Subscription } from '../../../src/protocol/socket/notifications.ts';
import { createParticipant } from '../participant.ts';
import type { Participant } from '../participant.ts';
import type { ServerProcess } from '../processes/serverProcess.ts';
import { SocketClient } from '../socketClient.ts';

export type Server = Pick<ServerProcess, 'url' | 'apiKey'>;

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

/** Any request to the API, with whichever credential. */
export async function request(
  url: string,
  { method = 'GET', credential, body, headers = {} }: RequestOptions = {},
): Promise<Answered> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
export interface RequestOptions {
  readonly method?: string;
  readonly credential?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Everybody has written to everybody. */
async function acquaint({ url, apiKey }: Server, name: string): Promise<void> {
  const { body } = await request(`${url}/v1/users`, { credential: apiKey });
  const others = userList.parse(body).users.filter(({ id }) => id !== name);
  const changes = others.flatMap(({ id }) => [
    { from: id, kind: 'wrote_to', to: name, holds: true },
    { from: name, kind: 'wrote_to', to: id, holds: true },
  ]);
  if (changes.length === 0) return;
  await request(`${url}/v1/relations`, { method: 'POST', credential: apiKey, body: { changes } });
}
const userList = z.object({ users: z.array(z.object({ id: z.string() })) });

export class Person {
  readonly name: string;
  readonly deviceId: string;
  readonly token: string;
  /** Where this person's packets come from. */
  readonly localAddress: string;
  /** Sees every RTP and RTCP packet that comes in, decrypted. */
  observe: ((packet: Buffer) => void) | undefined;
  #server: Server;
  socket: SocketClient;
  participant: Participant | undefined;
  sessionId: `ses_${string}` | undefined;
  rtpCapabilities: RtpCapabilities | undefined;

  private constructor(options: {
    localAddress: string;
    name: string;
    deviceId: string;
    token: string;
    server: Server;
    socket: SocketClient;
  }) {
    this.name = options.name;
    this.deviceId = options.deviceId;
    this.token = options.token;
    this.localAddress = options.localAddress;
    this.#server = options.server;
    this.socket = options.socket;
  }

  /** Makes the user known, with calling on for everyone they have written to, which is everybody; and connects a device. */
  static async create(
    server: Server,
    name: string,
    { callingOn = true, localAddress = '127.0.0.1' } = {},
  ): Promise<Person> {
    const { url, apiKey } = server;
    // What is shown of a user is shorter than an id may be.
    const shown = { name: Array.from(name).slice(0, 50).join('') };
    await request(`${url}/v1/users/${encodeURIComponent(name)}`, { method: 'PUT', credential: apiKey, body: shown });
    const issued = await request(`${url}/v1/users/${encodeURIComponent(name)}/tokens`, {
      method: 'POST',
      credential: apiKey,
    });
    const { token } = userToken.parse(issued.body);
    const body = { callingOn, audiences: ['everyone'], groupAudiences: ['everyone'] };
    await request(`${url}/v1/me/settings`, { method: 'PATCH', credential: token, body });
    await acquaint(server, name);
    const deviceId = `device-${randomBytes(6).toString('hex')}`;
    const socket = await SocketClient.open(url, localAddress);
    const person = new Person({ name, deviceId, token, server, socket, localAddress });
    await person.hello();
    return person;
  }

  async hello(): Promise<void> {
    this.socket.onNotification = ({ method, params }) => {
      if (method !== 'subscription.added') return;
      const { sessionId, subscriptions } = notifications[method].params.parse(params);
      if (sessionId === this.sessionId) void this.#takeUp(subscriptions);
    };
    const { routerRtpCapabilities } = await this.socket.ask('hello', { token: this.token, deviceId: this.deviceId });
    this.rtpCapabilities = routerRtpCapabilities;
  }

  /** A new socket after the old one died, at the same node or another. */
  async reconnect(server = this.#server): Promise<void> {
    this.#server = server;
    this.socket = await SocketClient.open(this.#server.url, this.localAddress);
    await this.hello();
  }

  async call(callees: readonly string[], media: 'audio' | 'video' = 'video'): Promise<AdmittedCall> {
    const { status, body } = await this.http('/v1/calls', { callees, media, deviceId: this.deviceId });
    if (status !== 201) throw new Error(`calling was refused: ${status} ${JSON.stringify(body)}`);
    return admittedCall.parse(body);
  }

  async act(callId: string, verb: 'answer' | 'decline' | 'cancel' | 'leave' | 'end'): Promise<CallView> {
    const { status, body } = await this.http(`/v1/calls/${callId}/${verb}`, { deviceId: this.deviceId });
    if (status !== 200) throw new Error(`${verb} was refused: ${status} ${JSON.stringify(body)}`);
    return callView.parse(body);
  }

  invite(callId: string, ...guests: readonly Person[]): Promise<CallView> {
    return this.#change(`/v1/calls/${callId}/invite`, {
      userIds: guests.map(({ name }) => name),
      deviceId: this.deviceId,
    });
  }

  moderate(callId: string, verb: 'mute' | 'remove', target: Person): Promise<CallView> {
    return this.#change(`/v1/calls/${callId}/${verb}`, { userId: target.name });
  }

  async rejoin(callId: string): Promise<AdmittedCall> {
    const { status, body } = await this.http(`/v1/calls/${callId}/rejoin`, { deviceId: this.deviceId });
    if (status !== 200) throw new Error(`rejoin was refused: ${status} ${JSON.stringify(body)}`);
    return admittedCall.parse(body);
  }

  async #change(path: string, body: unknown): Promise<CallView> {
    const answer = await this.http(path, body);
    if (answer.status !== 200) throw new Error(`${path} was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
    return callView.parse(answer.body);
  }

  http(path: string, body: unknown, headers?: Record<string, string>): Promise<Answered> {
    const options = { method: 'POST', credential: this.token, body, ...(headers === undefined ? {} : { headers }) };
    return request(`${this.#server.url}${path}`, options);
  }

  async read(callId: string): Promise<CallView> {
    const { body } = await request(`${this.#server.url}/v1/calls/${callId}`, { credential: this.token });
    return z.union([admittedCall.transform(({ call }) => call), callView]).parse(body);
  }

  /** Joins the broadcast, publishes voice and picture, and takes up whatever is offered. */
  async join(ticket: string, { publishing = true } = {}): Promise<Participant> {
    const { rtpCapabilities } = this;
    if (rtpCapabilities === undefined) throw new Error(`${this.name} has not said hello`);
    const { sessionId, ...joined } = await this.socket.ask('join', { ticket, rtpCapabilities });
    this.sessionId = sessionId;
    this.participant?.close();
    const participant = await createParticipant({
      ...joined,
      bindAddress: this.localAddress,
      observe: this.observe,
      signalling: {
        connect: async (direction, dtlsParameters) => {
          await this.socket.ask('connect', { sessionId, direction, dtlsParameters });
        },
        publish: async (tracks, dtlsParameters) => {
          await this.socket.ask('publish', { sessionId, tracks, ...(dtlsParameters ? { dtlsParameters } : {}) });
        },
        ready: async (subscriptionIds) => {
          await this.socket.ask('ready', { sessionId, subscriptionIds });
        },
      },
    });
    this.participant = participant;
    if (publishing) await participant.publish(['microphone', 'camera']);
    return participant;
  }

  /** Watches a call without being in it, by a ticket of the app's backend. */
  async watch(callId: string): Promise<Participant> {
    const path = `${this.#server.url}/v1/calls/${callId}/tickets`;
    const { body } = await request(path, {
      method: 'POST',
      credential: this.#server.apiKey,
      body: { userId: this.name },
    });
    return this.join(issuedTicket.parse(body).ticket, { publishing: false });
  }

  async #takeUp(subscriptions: readonly Subscription[]): Promise<void> {
    const { participant, socket } = this;
    try {
      await participant?.subscribed(subscriptions);
    } catch (error) {
      // The call or the socket may have ended meanwhile; anything else is a failure of the test.
      if (socket.isOpen && !/session_not_found|connection to the server closed/.test(String(error))) throw error;
    }
  }

  /** Packets received over all subscriptions. */
  get packets(): number {
    return [...(this.participant?.receptions.values() ?? [])].reduce((sum, { packets }) => sum + packets, 0);
  }

  async close(): Promise<void> {
    this.participant?.close();
    await this.socket.close();
  }
}
