/** The port `NodeMessages` over any `NodeChannel`: frames, timeouts, and refusals as codes of the catalogue. */
import type { z } from 'zod';
import { CallError } from '../../domain/kernel/errors.ts';
import type { NodeId } from '../../domain/kernel/ids.ts';
import type { NodeChannel } from '../../ports/cluster/nodeChannel.ts';
import { NotServed } from '../../ports/cluster/nodeMessages.ts';
import type { NodeMessages, NodeNoticeHandlers, NodeRequestHandlers } from '../../ports/cluster/nodeMessages.ts';
import { PendingRequests } from '../../support/pendingRequests.ts';
import { nodeFrame, nodeNotices, nodeRequests } from '../../protocol/internal/nodeMessages.ts';
import type {
  NodeFrame,
  NodeNoticeKind,
  NodeNoticeParams,
  NodeRequestKind,
  NodeRequestParams,
  NodeRequestResults,
} from '../../protocol/internal/nodeMessages.ts';

export interface ChannelMessagesOptions {
  readonly channel: NodeChannel;
  /** Maximum wait for an answer. */
  readonly answerWithinMs: number;
  /** Called for a message that could not be read or answered, or for a handler that threw; it is dropped. */
  readonly onBroken: (error: unknown) => void;
}

type RequestSchemas = {
  readonly [K in NodeRequestKind]: {
    readonly params: z.ZodType<NodeRequestParams[K]>;
    readonly result: z.ZodType<NodeRequestResults[K]>;
  };
};
type NoticeSchemas = { readonly [K in NodeNoticeKind]: z.ZodType<NodeNoticeParams[K]> };
const requestSchemas: RequestSchemas = nodeRequests;
const noticeSchemas: NoticeSchemas = nodeNotices;

/** By then other nodes have long taken the calls of a dead node. */
const givenUpForMs = 30_000;

export class ChannelMessages implements NodeMessages {
  readonly #options: ChannelMessagesOptions;
  readonly #asked = new PendingRequests<NodeId>();
  readonly #arrived: NodeFrame[] = [];
  /** Nodes that get no more requests, and since when, by `performance.now()`. */
  readonly #givenUp = new Map<NodeId, number>();
  #requests: NodeRequestHandlers = {};
  #notices: NodeNoticeHandlers = {};
  #reading = false;

  constructor(options: ChannelMessagesOptions) {
    this.#options = options;
    options.channel.onText((text) => {
      const frame = nodeFrame.safeParse(jsonOf(text));
      if (!frame.success) {
        options.onBroken(frame.error);
        return;
      }
      this.#arrived.push(frame.data);
      this.#read();
    });
  }

  get nodeId(): NodeId {
    return this.#options.channel.nodeId;
  }

  serve({ requests = {}, notices = {} }: Parameters<NodeMessages['serve']>[0]): void {
    this.#requests = { ...this.#requests, ...requests };
    this.#notices = { ...this.#notices, ...notices };
  }

  onGap(listener: () => void): void {
    this.#options.channel.onGap(listener);
  }

  async request<K extends NodeRequestKind>(
    to: NodeId,
    kind: K,
    params: NodeRequestParams[K],
    withinMs = this.#options.answerWithinMs,
  ): Promise<NodeRequestResults[K]> {
    if (this.#isGivenUp(to)) throw new CallError('unavailable');
    const named = requestSchemas[kind].params.parse(params);
    const result = await this.#asked.ask({
      to,
      limitMs: withinMs,
      send: (number) => this.#send(to, { type: 'request', from: this.nodeId, number, kind, params: named }),
      late: () => new CallError('unavailable'),
    });
    return requestSchemas[kind].result.parse(result);
  }

  async tell<K extends NodeNoticeKind>(to: NodeId, kind: K, params: NodeNoticeParams[K]): Promise<void> {
    await this.#send(to, { type: 'notice', from: this.nodeId, kind, params: noticeSchemas[kind].parse(params) });
  }

  giveUp(nodeId: NodeId): void {
    this.#givenUp.set(nodeId, performance.now());
    this.#asked.rejectAll(
      () => new CallError('unavailable'),
      (to) => to === nodeId,
    );
  }

  /** A node that was wrongly taken for dead may send again, or gets requests again after a while. */
  #isGivenUp(nodeId: NodeId): boolean {
    const since = this.#givenUp.get(nodeId);
    if (since === undefined) return false;
    if (performance.now() - since < givenUpForMs) return true;
    this.#givenUp.delete(nodeId);
    return false;
  }

  #send(to: NodeId, frame: NodeFrame): Promise<void> {
    return this.#options.channel.send(to, JSON.stringify(frame));
  }

  /** One frame at a time. The code that awaits an answer runs before the next frame is handled. */
  #read(): void {
    if (this.#reading) return;
    for (let frame = this.#arrived.shift(); frame !== undefined; frame = this.#arrived.shift()) {
      this.#hear(frame);
      if (frame.type !== 'answer') continue;
      this.#reading = true;
      setImmediate(() => {
        this.#reading = false;
        this.#read();
      });
      return;
    }
  }

  #hear(frame: NodeFrame): void {
    this.#givenUp.delete(frame.from);
    switch (frame.type) {
      case 'request':
        void this.#answer(frame);
        return;
      case 'answer':
        if (this.#isAwaited(frame)) this.#asked.resolve(frame.number, frame.result);
        return;
      case 'refusal':
        if (this.#isAwaited(frame)) this.#asked.reject(frame.number, refusalOf(frame));
        return;
      case 'notice':
        this.#heed(frame);
    }
  }

  /** False for a late answer: nobody waits for it any more. */
  #isAwaited({ number, from }: { readonly number: number; readonly from: NodeId }): boolean {
    return this.#asked.askedOf(number) === from;
  }

  async #answer({ from, number, kind, params }: Extract<NodeFrame, { type: 'request' }>): Promise<void> {
    try {
      const result = await this.#handled(kind, params, from);
      await this.#send(from, { type: 'answer', from: this.nodeId, number, result });
    } catch (error) {
      const { code, retryAfterMs } = error instanceof CallError ? error : new CallError('internal');
      if (code === 'internal') this.#options.onBroken(error);
      const refusal = { type: 'refusal', from: this.nodeId, number, code } as const;
      // If the refusal cannot be sent, the other node's request times out.
      this.#send(from, retryAfterMs === undefined ? refusal : { ...refusal, retryAfterMs }).catch(() => undefined);
    }
  }

  /** A newer node may send a kind that this one does not know. */
  async #handled(kind: string, params: unknown, from: NodeId): Promise<unknown> {
    if (!isRequest(kind)) throw new CallError(notServed);
    return handled(kind, this.#requests[kind], { params, from });
  }

  #heed({ kind, params, from }: Extract<NodeFrame, { type: 'notice' }>): void {
    try {
      if (!isNotice(kind)) throw new CallError('unknown_method');
      heeded(kind, this.#notices[kind], { params, from });
    } catch (error) {
      this.#options.onBroken(error);
    }
  }
}

/** A node's code for a kind of request that it does not serve. Clients never see it: it becomes `NotServed`. */
const notServed = 'unknown_method';

function refusalOf({ code, retryAfterMs }: Extract<NodeFrame, { type: 'refusal' }>): CallError {
  if (code === notServed) return new NotServed();
  return new CallError(code, retryAfterMs === undefined ? {} : { retryAfterMs });
}

interface Heard {
  readonly params: unknown;
  readonly from: NodeId;
}

async function handled<K extends NodeRequestKind>(
  kind: K,
  handle: NodeRequestHandlers[K],
  { params, from }: Heard,
): Promise<unknown> {
  if (handle === undefined) throw new CallError(notServed);
  const schemas = requestSchemas[kind];
  const parsed = schemas.params.safeParse(params);
  if (!parsed.success) throw new CallError('internal', { cause: parsed.error });
  return schemas.result.parse(await handle(parsed.data, from));
}

function heeded<K extends NodeNoticeKind>(kind: K, heed: NodeNoticeHandlers[K], { params, from }: Heard): void {
  heed?.(noticeSchemas[kind].parse(params), from);
}

const isRequest = (kind: string): kind is NodeRequestKind => Object.hasOwn(nodeRequests, kind);
const isNotice = (kind: string): kind is NodeNoticeKind => Object.hasOwn(nodeNotices, kind);

/** Undefined if it is not JSON: no schema accepts that. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
