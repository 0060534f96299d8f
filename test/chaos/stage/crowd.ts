/** People whom the app's backend knows, with calling on, and their devices. */
import { randomBytes } from 'node:crypto';
import { userToken } from '../../../src/protocol/http/http.ts';
import { request } from '../../support/participant/person.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { Device } from '../clients/device.ts';
import type { Stage } from './stage.ts';

interface Made {
  readonly userId: string;
  readonly token: string;
}

const bulk = 500;
/** Requests that are open at once. */
const together = 20;

export class Crowd {
  readonly devices: Device[] = [];
  readonly #stage: Stage;
  readonly #people: Made[] = [];
  readonly #answering: boolean;
  readonly #media: boolean;
  readonly #first: number;

  /** `first` is the number of its first person, where there is more than one crowd. */
  constructor(stage: Stage, { answering = true, media = true, first = 0 } = {}) {
    this.#stage = stage;
    this.#answering = answering;
    this.#media = media;
    this.#first = first;
  }

  get userIds(): readonly string[] {
    return this.#people.map(({ userId }) => userId);
  }

  /** So many more people, who know each other as neighbours: the first and the second, the third and the fourth. */
  async know(count: number): Promise<void> {
    const first = this.#first + this.#people.length;
    const userIds = Array.from({ length: count }, (_, index) => `p${String(first + index).padStart(5, '0')}`);
    await this.put(userIds);
    for (let at = 0; at < count; at += together) {
      this.#people.push(...(await Promise.all(userIds.slice(at, at + together).map((userId) => this.#token(userId)))));
    }
  }

  /** What the store holds of people: the app's backend says it again when the store has lost it. */
  async put(userIds: readonly string[] = this.userIds): Promise<void> {
    for (let at = 0; at < userIds.length; at += bulk) {
      const some = userIds.slice(at, at + bulk);
      await this.#app('/v1/users', { users: some.map((id) => ({ id, name: id })) });
      const changes = some.flatMap((from, index) => {
        const to = some[index ^ 1];
        return to === undefined ? [] : [{ from, kind: 'wrote_to', to, holds: true }];
      });
      await this.#app('/v1/relations', { changes });
    }
  }

  /** Everybody has written to the host, as those who are asked into one call must have. */
  async befriend(host: string, others: readonly string[]): Promise<void> {
    const changes = others.flatMap((other) => [
      { from: other, kind: 'wrote_to', to: host, holds: true },
      { from: host, kind: 'wrote_to', to: other, holds: true },
    ]);
    for (let at = 0; at < changes.length; at += bulk) {
      await this.#app('/v1/relations', { changes: changes.slice(at, at + bulk) });
    }
  }

  /** Connects a device for each of those who have none yet, to the nodes in turn. */
  async connect(): Promise<readonly Device[]> {
    const { urls, clientAddress, diary } = this.#stage;
    const fresh = this.#people.slice(this.devices.length).map(({ userId, token }, index) => {
      const start = Math.floor((this.devices.length + index) / 2) % urls.length;
      return new Device({
        userId,
        token,
        diary,
        localAddress: clientAddress,
        answers: this.#answering,
        media: this.#media,
        urls: [...urls.slice(start), ...urls.slice(0, start)],
        deviceId: `device-${randomBytes(6).toString('hex')}`,
      });
    });
    for (let at = 0; at < fresh.length; at += together) {
      await Promise.all(fresh.slice(at, at + together).map((device) => device.connect()));
    }
    this.devices.push(...fresh);
    return fresh;
  }

  tokenOf(userId: string): string {
    const made = this.#people.find((one) => one.userId === userId);
    if (made === undefined) throw new Error(`nobody is called ${userId}`);
    return made.token;
  }

  async close(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.close()));
  }

  async #token(userId: string): Promise<Made> {
    const { token } = userToken.parse(await this.#app(`/v1/users/${userId}/tokens`));
    const body = { callingOn: true, audiences: ['everyone'], groupAudiences: ['everyone'] };
    const settings = await request(`${this.#node.url}/v1/me/settings`, { method: 'PATCH', credential: token, body });
    if (settings.status !== 200) throw new Error(`settings were refused: ${settings.status}`);
    return { userId, token };
  }

  /** Of a node that runs. */
  get #node(): ServerProcess {
    const [node] = this.#stage.nodes.values();
    if (node === undefined) throw new Error('no node runs');
    return node;
  }

  async #app(path: string, body?: unknown): Promise<unknown> {
    const { url, apiKey } = this.#node;
    const options = { method: 'POST', credential: apiKey, ...(body === undefined ? {} : { body }) };
    const answer = await request(`${url}${path}`, options);
    if (answer.status >= 400) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}
