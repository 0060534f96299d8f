/** The smallest play of `npm run chaos`, so that it is found when it does not play any more. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { whyNoNetworks } from '../support/networks/networks.ts';

const measured = z.number().nonnegative();
const outcome = z.object({
  scenario: z.literal('worker'),
  calls: z.number(),
  lost: z.number(),
  duplicates: z.number(),
  mediaBackMs: z.object({ p50: measured, p95: measured, max: measured }),
  killed: z.object({ isGone: z.boolean(), sessions: z.number(), movedTo: z.number() }),
  violations: z.array(z.unknown()),
});

const play = (await whyNoNetworks()) === undefined ? test : test.skip;

play(
  'a media worker is killed under two calls, and both continue',
  async () => {
    const args = ['test/programs/measure.mjs', '--networks', 'test/chaos/chaos', 'worker', '--calls', '2'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const told = outcome.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
    expect(told).toMatchObject({ calls: 2, lost: 0, duplicates: 0, violations: [] });
    // Media may be back too soon for anybody to notice: that the right worker was killed is seen by where sessions are.
    expect(told.killed).toEqual({ isGone: true, sessions: 4, movedTo: 4 });
  },
  300_000,
);
