/** What a node does for calls it owns: runs their commands, watches their deadlines, and caches facts. */
import type { Config } from '../../../config/schema.ts';
import type { Call } from '../../domain/call/call.ts';
import type { NodeId } from '../../domain/kernel/ids.ts';
import { CallOwners } from '../../commands/cluster/callOwners.ts';
import { DeadlineWatch } from '../../commands/call/deadlineWatch.ts';
import { Facts } from '../../commands/call/pendingFacts.ts';
import { runCommand, runHanded } from '../../commands/call/running/runCommand.ts';
import type { CallMetrics } from '../../ports/system/callMetrics.ts';
import type { Log } from '../../ports/system/log.ts';
import type { NodeMessages } from '../../ports/cluster/nodeMessages.ts';
import { composeMemory } from './memory.ts';
import type { Undo } from '../process/starting.ts';
import type { State } from '../store/stores.ts';

export interface OwnCallsDependencies {
  readonly config: Config;
  readonly state: State;
  readonly nodeId: NodeId;
  readonly messages: NodeMessages;
  readonly metrics: CallMetrics;
  readonly log: Log;
  readonly undo: Undo;
}

export async function composeOwnCalls({ config, state, nodeId, messages, metrics, log, undo }: OwnCallsDependencies) {
  const { clock } = state;
  // Set below: nothing is held until then.
  let watch: (call: Call) => void = () => undefined;
  const { store, callIndex, ...memory } = await composeMemory({
    config,
    state,
    nodeId,
    onHeld: (call) => {
      watch(call);
    },
  });
  const owners = new CallOwners({ messages, clock, copies: memory.copies });
  const context = { store, metrics, clock, owners };
  owners.serve((callId, command) => runHanded(context, callId, command));
  const facts = new Facts({ log });
  const deadlines = new DeadlineWatch({
    nodeId,
    clock,
    copyOf: (callId) => memory.copies.of(callId)?.call,
    reach: (callId) => facts.tell(`deadline ${callId}`, () => runCommand(context, callId, { name: 'deadlineReached' })),
  });
  watch = (call) => {
    deadlines.watch(call);
  };
  undo.push(() => {
    facts.stop();
    deadlines.stop();
  });
  return { store, callIndex, memory, owners, facts };
}
