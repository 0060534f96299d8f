/** Processes over one Redis, as far as the commands of calls are concerned: nodes, and those that own no call. */
import type { MemoryNodeChannels } from '../../../src/adapters/memory/memoryNodeChannels.ts';
import { RedisConnection } from '../../../src/adapters/redis/connection/connection.ts';
import type { RedisKeys } from '../../../src/adapters/redis/schema/keys.ts';
import { RedisCallStore } from '../../../src/adapters/redis/call/redisCallStore.ts';
import { ChannelMessages } from '../../../src/adapters/routing/channelMessages.ts';
import { ProcessCallCopies } from '../../../src/adapters/system/callCopies.ts';
import type { CallCommandName } from '../../../src/domain/call/commands.ts';
import type { CallEvent } from '../../../src/domain/call/events.ts';
import type { NodeId } from '../../../src/domain/kernel/ids.ts';
import { CallOwners } from '../../../src/commands/cluster/callOwners.ts';
import { runHanded } from '../../../src/commands/call/running/runCommand.ts';
import type { CommandContext } from '../../../src/commands/call/running/runCommand.ts';
import { loadRestored } from '../../../src/commands/cluster/restoreCalls.ts';
import { rememberingIndex, rememberingStore } from '../../../src/compose/node/rememberingStore.ts';
import type { CallIndex } from '../../../src/ports/call/callIndex.ts';
import type { CallMetrics } from '../../../src/ports/system/callMetrics.ts';
import { randomTail } from '../redis/redis.ts';

export interface CallProcess {
  readonly nodeId: NodeId;
  readonly context: CommandContext;
  readonly callIndex: CallIndex;
  readonly decided: { readonly command: CallCommandName; readonly outcome: string }[];
  readonly events: CallEvent[];
  /** How often this process tried to save. */
  readonly saves: () => number;
  /** It hears nothing any more, as if it were stopped. */
  stopHearing(): void;
  close(): Promise<void>;
}

export interface CallProcessOptions {
  readonly url: string;
  readonly keys: RedisKeys;
  readonly channels: MemoryNodeChannels;
  /** False: it owns no call, as a lifecycle worker. */
  readonly isNode?: boolean;
  readonly answerWithinMs?: number;
}

const clock = { now: () => Date.now() };
const sameLife = {
  name: () => Promise.resolve(''),
  isAnother: () => Promise.resolve(false),
  accept: () => undefined,
};

export async function startCallProcess(options: CallProcessOptions): Promise<CallProcess> {
  const { url, keys, channels, isNode = true, answerWithinMs = 60_000 } = options;
  const connection = await RedisConnection.create({ url, answerWithinMs: 30_000 });
  const nodeId: NodeId = `node_${randomTail()}`;
  const channel = channels.open(nodeId);
  const messages = new ChannelMessages({ channel, answerWithinMs: 30_000, onBroken: () => undefined });
  const copies = new ProcessCallCopies({ nodeId, clock, forgetAfterMs: 60_000 });
  const redisStore = new RedisCallStore({ connection, keys, endedCallTtlMs: 60_000 });
  const restoring = { store: redisStore, copies, life: sameLife, clock, endedCallTtlMs: 60_000 };
  let saves = 0;
  const counted = rememberingStore({
    store: redisStore,
    copies,
    loadRestored: async (callId) => (await loadRestored(restoring, callId)).call,
  });
  const store = {
    ...counted,
    save: (transition: Parameters<typeof counted.save>[0]) => {
      saves += 1;
      return counted.save(transition);
    },
  };
  const decided: CallProcess['decided'] = [];
  const events: CallEvent[] = [];
  // A busy machine may take its time: what is shown is who is served, not how soon.
  const turns = { longestWaitMs: 60_000 };
  const owners = new CallOwners({ messages, clock, answerWithinMs, turns, ...(isNode ? { copies } : {}) });
  const context = { store, clock, metrics: watched({ decided, events }), owners };
  owners.serve((callId, command) => runHanded(context, callId, command));
  return {
    nodeId,
    context,
    callIndex: rememberingIndex(redisStore, copies),
    decided,
    events,
    saves: () => saves,
    stopHearing: () => {
      channel.close();
    },
    close: () => connection.close(),
  };
}

/** Answers the refusals by code; those who were served are not among them. */
export async function refusalsOf(work: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const outcomes = await Promise.allSettled(work);
  return outcomes.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
}

function watched({ decided, events }: Pick<CallProcess, 'decided' | 'events'>): CallMetrics {
  const nothing = (): void => undefined;
  return {
    decided: (command, outcome) => {
      decided.push({ command, outcome });
    },
    happened: (event) => {
      events.push(event);
    },
    refused: nothing,
    observed: nothing,
    answered: nothing,
    timerFired: nothing,
    phaseLeft: nothing,
  };
}
