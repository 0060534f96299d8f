/** A device that makes calls and joins them, and sends no media: a crowd of them costs next to nothing. */
import { randomBytes } from 'node:crypto';
import { admittedCall, callView } from '../../../src/protocol/shared/calls.ts';
import type { RtpCapabilities } from '../../../src/protocol/shared/media.ts';
import { request } from '../../support/participant/person.ts';
import { SocketClient } from '../../support/socketClient.ts';

export interface SignallerOptions {
  readonly userId: string;
  readonly token: string;
  readonly url: string;
  readonly localAddress: string;
}

export class Signaller {
  readonly userId: string;
  readonly #options: SignallerOptions;
  readonly #deviceId: string;
  readonly #socket: SocketClient;
  readonly #rtpCapabilities: RtpCapabilities;

  private constructor(options: SignallerOptions, { deviceId, socket, rtpCapabilities }: SaidHello) {
    this.userId = options.userId;
    this.#options = options;
    this.#deviceId = deviceId;
    this.#socket = socket;
    this.#rtpCapabilities = rtpCapabilities;
  }

  static async connect(options: SignallerOptions): Promise<Signaller> {
    const deviceId = `device-${randomBytes(6).toString('hex')}`;
    const socket = await SocketClient.open(options.url, options.localAddress);
    socket.keeps = false;
    const { routerRtpCapabilities: rtpCapabilities } = await socket.ask('hello', { token: options.token, deviceId });
    return new Signaller(options, { deviceId, socket, rtpCapabilities });
  }

  async call(callees: readonly string[]): Promise<{ callId: string; ticket: string }> {
    const body = { callees, media: 'audio', deviceId: this.#deviceId };
    const { call, ticket } = admittedCall.parse(await this.#http('/v1/calls', body));
    return { callId: call.id, ticket };
  }

  async ticketFor(callId: string): Promise<string> {
    return admittedCall.parse(await this.#http(`/v1/calls/${callId}`)).ticket;
  }

  async join(ticket: string): Promise<void> {
    await this.#socket.ask('join', { ticket, rtpCapabilities: this.#rtpCapabilities });
  }

  async answer(callId: string): Promise<void> {
    await this.#socket.ask('answer', { callId: callView.shape.id.parse(callId) });
  }

  async invite(callId: string, userId: string): Promise<void> {
    await this.#socket.ask('invite', { callId: callView.shape.id.parse(callId), userIds: [userId] });
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  async #http(path: string, body?: unknown): Promise<unknown> {
    const { url, token } = this.#options;
    const answer = await request(`${url}${path}`, {
      credential: token,
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    if (answer.status >= 400) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

interface SaidHello {
  readonly deviceId: string;
  readonly socket: SocketClient;
  readonly rtpCapabilities: RtpCapabilities;
}
