/** The HTTP API as this client uses it: every answer is parsed, every problem becomes a `VeilcastError`. */
import * as z from 'zod';
import type { ZodType } from 'zod';
import { callCommands } from '../../protocol/shared/callCommands.ts';
import type { CommandAnswer, CommandBody, PeoplesCommandName } from '../../protocol/shared/callCommands.ts';
import { admittedCall } from '../../protocol/shared/calls.ts';
import type { AdmittedCall } from '../../protocol/shared/calls.ts';
import { callable, callableList, problem, settings } from '../../protocol/http/http.ts';
import type { Callable, ChangeSettings, CreateCall, Settings, viewerParams } from '../../protocol/http/http.ts';
import { historyPage } from '../../protocol/http/history.ts';
import type { HistoryPage } from '../../protocol/http/history.ts';
import type { Addresses } from './addresses.ts';
import { isTokenRefusal } from './credential.ts';
import type { Credential } from './credential.ts';
import { VeilcastError, isVeilcastError } from '../support/errors.ts';

interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

const timeoutMs = 10_000;

const answers: { readonly [N in PeoplesCommandName]: { readonly answer: ZodType<CommandAnswer<N>> } } = callCommands;

export class HttpApi {
  readonly #addresses: Addresses;
  readonly #credential: Credential;

  constructor(options: { addresses: Addresses; credential: Credential }) {
    this.#addresses = options.addresses;
    this.#credential = options.credential;
  }

  /** A retry is safe: the same idempotency key creates one call. */
  async createCall(body: CreateCall): Promise<AdmittedCall> {
    const idempotencyKey = crypto.randomUUID();
    const create = () => this.#send(admittedCall, { method: 'POST', path: '/calls', body, idempotencyKey });
    try {
      return await create();
    } catch (error) {
      if (error instanceof VeilcastError && error.code === 'disconnected') return create();
      throw error;
    }
  }

  getCall(callId: string): Promise<AdmittedCall> {
    return this.#send(admittedCall, { method: 'GET', path: `/calls/${callId}` });
  }

  /** What this user asks of a call. */
  changeCall<N extends PeoplesCommandName>(name: N, callId: string, body: CommandBody<N>): Promise<CommandAnswer<N>> {
    return this.#send(answers[name].answer, { method: 'POST', path: `/calls/${callId}/${name}`, body });
  }

  async removeViewer({ callId, userId }: z.infer<typeof viewerParams>): Promise<void> {
    const path = `/calls/${callId}/viewers/${encodeURIComponent(userId)}`;
    await this.#send(z.undefined(), { method: 'DELETE', path });
  }

  callable(userId: string): Promise<Callable> {
    return this.#send(callable, { method: 'GET', path: `/users/${encodeURIComponent(userId)}/callable` });
  }

  /** In the order of `userIds`. */
  async callables(userIds: readonly string[], group: boolean): Promise<readonly (Callable & { userId: string })[]> {
    const { answers } = await this.#send(callableList, {
      method: 'POST',
      path: '/me/callable',
      body: { userIds, group },
    });
    return answers;
  }

  getSettings(): Promise<Settings> {
    return this.#send(settings, { method: 'GET', path: '/me/settings' });
  }

  changeSettings(body: ChangeSettings): Promise<Settings> {
    return this.#send(settings, { method: 'PATCH', path: '/me/settings', body });
  }

  history(limit: number, after: string | undefined): Promise<HistoryPage> {
    const query = new URLSearchParams({ limit: String(limit), ...(after === undefined ? {} : { after }) });
    return this.#send(historyPage, { method: 'GET', path: `/me/calls?${query.toString()}` });
  }

  async seeHistory(upTo: number): Promise<void> {
    await this.#send(z.undefined(), { method: 'POST', path: '/me/calls/seen', body: { upTo } });
  }

  async #send<Answer>(schema: ZodType<Answer>, request: HttpRequest): Promise<Answer> {
    const send = () => this.#credential.use((token) => this.#sendAs(token, schema, request));
    try {
      return await send();
    } catch (error) {
      if (isTokenRefusal(error)) return send();
      throw error;
    }
  }

  async #sendAs<Answer>(
    token: string,
    schema: ZodType<Answer>,
    { method, path, body, idempotencyKey }: HttpRequest,
  ): Promise<Answer> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await this.#fetch(path, init);
    const content: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw refusal(content, response);
    const parsed = schema.safeParse(content);
    if (!parsed.success) throw new VeilcastError('unexpected_message', { cause: parsed.error });
    return parsed.data;
  }

  /** Tries the next address if one does not answer. Every request here may be sent twice. */
  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const [first = '', ...others] = this.#addresses.inOrder();
    let address = first;
    for (;;) {
      try {
        return await fetchWithin(`${address}/v1${path}`, init);
      } catch (error) {
        if (!isVeilcastError(error, 'disconnected', 'timed_out')) throw error;
        this.#addresses.lost(address);
        const next = others.shift();
        if (next === undefined) throw error;
        address = next;
      }
    }
  }
}

async function fetchWithin(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    const timedOut = cause instanceof Error && cause.name === 'TimeoutError';
    throw new VeilcastError(timedOut ? 'timed_out' : 'disconnected', { cause });
  }
}

function refusal(content: unknown, response: Response): VeilcastError {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  const parsed = problem.safeParse(content);
  const { code = 'internal', issues, detail } = parsed.data ?? {};
  return new VeilcastError(code, { cause: content, retryAfterMs, issues, detail });
}
