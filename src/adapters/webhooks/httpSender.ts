/**
 * Sends webhooks as Standard Webhooks says. The app chooses the URLs, but they must not lead into our own network: the
 * address is checked when connecting, whatever the name resolved to before. Redirects are not followed.
 */
import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { Webhook } from 'standardwebhooks';
import { retryAfterMs } from '../../domain/webhooks/retryAfterHeader.ts';
import type { Clock } from '../../ports/system/clock.ts';
import type { SendOutcome, WebhookSender } from '../../ports/webhooks/webhooks.ts';
import { sharedLookup } from './sharedLookup.ts';

export interface HttpSenderOptions {
  /** Allow private addresses and plain HTTP. */
  readonly allowPrivate: boolean;
  /** From the name look-up to the status of the response. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Resolves names; the system's resolver by default. */
  readonly lookup?: LookupFunction;
}
type Message = Parameters<WebhookSender['send']>[0];

/** Nothing reads the body of a response. It is drained politely, up to this size and time. */
const answerMaxBytes = 16_384;
const answerWithinMs = 1_000;
/** Limit of interim responses (1xx), which are skipped. */
const maxInterimAnswers = 8;
const longestUrl = 2_048;

export class HttpSender implements WebhookSender {
  readonly #options: HttpSenderOptions;
  readonly #http: RequestFilteringHttpAgent;
  readonly #https: RequestFilteringHttpsAgent;
  readonly #lookup: LookupFunction;

  constructor(options: HttpSenderOptions) {
    this.#options = options;
    const { allowPrivate } = options;
    this.#lookup = sharedLookup(options.lookup);
    const allowed = { allowPrivateIPAddress: allowPrivate, allowMetaIPAddress: allowPrivate };
    this.#http = new RequestFilteringHttpAgent({ ...allowed, keepAlive: false });
    this.#https = new RequestFilteringHttpsAgent({ ...allowed, keepAlive: false });
  }

  maySendTo(text: string): boolean {
    if (!URL.canParse(text) || text.length > longestUrl) return false;
    const { protocol, username, password } = new URL(text);
    if (username !== '' || password !== '') return false;
    return protocol === 'https:' || (protocol === 'http:' && this.#options.allowPrivate);
  }

  async send(message: Message): Promise<SendOutcome> {
    // The setting may have changed since the endpoint was created.
    if (!this.maySendTo(message.url)) return { accepted: false, failure: 'address_refused' };
    const late = AbortSignal.timeout(this.#options.timeoutMs);
    try {
      return outcomeOf(await this.#post(message, late), this.#options.clock.now());
    } catch (error) {
      if (late.aborted) return { accepted: false, failure: 'too_slow' };
      return { accepted: false, failure: isRefusal(error) ? 'address_refused' : 'not_reached' };
    }
  }

  #post(message: Message, signal: AbortSignal): Promise<Answer> {
    const url = new URL(message.url);
    const headers = headersOf(message, this.#options.clock);
    const options = { method: 'POST', headers, signal, lookup: this.#lookup };
    const request =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, agent: this.#https })
        : requestHttp(url, { ...options, agent: this.#http });
    const answer = answerTo(request);
    request.end(message.body);
    return answer;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

function answerTo(request: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let interim = 0;
    request.on('information', () => {
      interim += 1;
      if (interim > maxInterimAnswers) request.destroy();
    });
    let hasCome = false;
    const failed = (error: Error): void => {
      if (!hasCome) reject(error);
    };
    request.once('response', (response) => {
      hasCome = true;
      readAway(response, () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      });
    });
    // There may be more than one error.
    request.on('error', failed);
    // Any other end, such as an unrequested upgrade.
    request.once('close', () => {
      failed(new Error('the endpoint did not answer'));
    });
  });
}

/** The timestamp is that of the attempt: receivers refuse old ones, against replays. */
function headersOf({ id, body, secrets }: Message, clock: Clock): Record<string, string> {
  const at = new Date(clock.now());
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'veilcast-webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}

/** The status counts as soon as it is here, however the rest of the response ends. */
function readAway(response: IncomingMessage, done: () => void): void {
  let bytes = 0;
  const late = setTimeout(() => response.destroy(), answerWithinMs);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > answerMaxBytes) response.destroy();
  });
  const over = (): void => {
    clearTimeout(late);
    done();
  };
  response.on('error', over);
  response.once('close', over);
}

/** Status codes for "try again later". */
const tryLater = new Set([429, 503]);

function outcomeOf({ status, headers }: Answer, now: number): SendOutcome {
  if (status >= 200 && status < 300) return { accepted: true, status };
  if (status >= 300 && status < 400) return { accepted: false, failure: 'redirect', status };
  const { date, 'retry-after': retryAfter } = headers;
  const waitMs = tryLater.has(status) ? retryAfterMs({ retryAfter, date }, now) : undefined;
  return { accepted: false, failure: 'status', status, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
}

/** The agent's refusals have no error class. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.includes('is not allowed. Because');
}
