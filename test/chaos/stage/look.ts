/** Looks at everything at once, for the judge. */
import * as z from 'zod';
import type { Evidence, NodeSeen } from '../judge/evidence.ts';
import { figuresOf } from './figures.ts';
import type { NodeName, Stage } from './stage.ts';
import { readTruth } from './truth.ts';

export async function look(stage: Stage): Promise<Evidence> {
  const [truth, ...nodes] = await Promise.all([
    readTruth(stage.store),
    ...[...stage.nodes.keys()].map((name) => seeNode(stage, name)),
  ]);
  return {
    diary: stage.diary.entries,
    hooks: stage.webhooks.accepted.filter(({ callId }) => callId !== ''),
    truth,
    nodes,
  };
}

export async function seeNode(stage: Stage, name: NodeName): Promise<NodeSeen> {
  const node = stage.node(name);
  return { name, nodeId: nodeIdIn(node.logs()), figures: await figuresOf(node.adminUrl) };
}

const serving = z.object({ nodeId: z.string() });

/** As the node itself said when it began to serve. */
function nodeIdIn(logs: string): string {
  const line = logs.split('\n').find((one) => one.includes('the node serves'));
  return serving.parse(JSON.parse(line ?? '{}')).nodeId;
}
