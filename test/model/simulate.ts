/** `npm run simulate -- [--nodes 1000] [--calls 100000] [--participants 2] [--dying 10] [--seed 1]`. */
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { playControlPlane } from './controlPlane.ts';

const number = z.coerce.number().int().positive();
const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000' },
    calls: { type: 'string', default: '100000' },
    participants: { type: 'string', default: '2' },
    dying: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
});
const scene = z
  .object({ nodes: number, calls: number, participants: number.min(2).max(1000), dying: number, seed: number })
  .parse(values);
const beganAt = performance.now();
const shown = await playControlPlane(scene);
const tookMs = Math.round(performance.now() - beganAt);
process.stdout.write(`${JSON.stringify({ scenario: 'model', ...scene, ...shown, tookMs })}\n`);
