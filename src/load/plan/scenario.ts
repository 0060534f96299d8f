/** What a load is made of, as a small file of JSON says it. */
import * as z from 'zod';
import { threshold } from '../figures/thresholds.ts';

/** How a call continues after it rings. */
export const courses = ['answered', 'declined', 'cancelled', 'missed'] as const;
export type Course = (typeof courses)[number];

const milliseconds = z.int().nonnegative();
const share = z.number().nonnegative();

/** Bounds of one run: what a file asks for is drawn and kept in memory before the run. */
const most = { rate: 1_000, seconds: 86_400, people: 32, devices: 5, attempts: 200_000 } as const;

export const scenario = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be small letters, digits and hyphens')
      .meta({ description: 'Name in reports and of the folder of results.' }),
    about: z.string().max(300).meta({ description: 'What it shows, in one sentence.' }),
    rate: z.number().positive().max(most.rate).meta({ description: 'Calls begun a second, on average.' }),
    seconds: z.number().positive().max(most.seconds).meta({ description: 'How long calls are begun.' }),
    warmUpSeconds: z
      .number()
      .nonnegative()
      .max(most.seconds)
      .default(0)
      .meta({ description: 'Calls begun in this first part are made, and not counted.' }),
    arrivals: z
      .enum(['poisson', 'even'])
      .default('poisson')
      .meta({ description: 'Random, as people are, or one after another at equal distances.' }),
    people: z
      .int()
      .min(2)
      .max(most.people)
      .default(2)
      .meta({ description: 'Users in each call; in a call of more than two all are called at once.' }),
    devices: z.int().min(1).max(most.devices).default(1).meta({ description: 'Devices that ring for each callee.' }),
    courses: z
      .strictObject({ answered: share, declined: share, cancelled: share, missed: share })
      .partial()
      .default({ answered: 1 })
      .refine((parts) => Object.values(parts).some((part = 0) => part > 0), 'must have a part above 0')
      .meta({ description: 'Parts of the calls that are answered, declined, cancelled and missed, in any unit.' }),
    ringMs: milliseconds.default(250).meta({ description: 'How long it rings before somebody does something.' }),
    talkMs: milliseconds.default(2_000).meta({ description: 'How long they talk after everybody hears everybody.' }),
    rejoins: z.int().nonnegative().max(1_000).default(0).meta({
      description: 'How often one of them leaves during the talk and comes back; needs three people or more.',
    }),
    giveUpMs: milliseconds.min(1_000).default(10_000).meta({ description: 'A step that takes longer has failed.' }),
    ramp: z
      .strictObject({
        to: z.number().positive().max(most.rate).meta({ description: 'Highest rate that is tried.' }),
        step: z.number().positive().meta({ description: 'How exactly the highest sustained rate is found.' }),
      })
      .optional()
      .meta({
        description:
          'Runs again and again, between `rate` and `to`, to find the highest rate that meets the thresholds.',
      }),
    thresholds: z
      .array(threshold)
      .max(50)
      .default([])
      .meta({ description: 'What must hold, such as `setup.p95 < 300`; otherwise the exit code is 99.' }),
  })
  .refine(({ rate, seconds, ramp }) => Math.max(rate, ramp?.to ?? 0) * seconds <= most.attempts, {
    message: `must begin at most ${most.attempts} calls: lower the rate or the seconds`,
    path: ['seconds'],
  })
  .refine(({ warmUpSeconds, seconds }) => warmUpSeconds < seconds, {
    message: 'must be shorter than the run',
    path: ['warmUpSeconds'],
  })
  .refine(({ rejoins, people }) => rejoins === 0 || people > 2, {
    message: 'a call of two ends when one leaves: rejoins need three people',
    path: ['rejoins'],
  })
  .refine(({ ramp, thresholds }) => ramp === undefined || thresholds.length > 0, {
    message: 'a ramp needs thresholds: without one nothing ever breaks',
    path: ['ramp'],
  });
export type Scenario = z.output<typeof scenario>;
export type ScenarioFile = z.input<typeof scenario>;
