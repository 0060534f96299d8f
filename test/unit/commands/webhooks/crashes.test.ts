/** Relays and deliveries that die at any step, are repeated and run into each other: every message is accepted, in order. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  MemoryWakeUps,
  MemoryWebhookEndpoints,
  MemoryWebhookMailbox,
} from '../../../../src/adapters/memory/memoryWebhooks.ts';
import { decide } from '../../../../src/domain/call/decide.ts';
import { AcceptedHere } from '../../../../src/commands/webhooks/acceptedHere.ts';
import { deliverWebhook } from '../../../../src/commands/webhooks/deliverWebhook.ts';
import { enqueueWebhooks } from '../../../../src/commands/webhooks/enqueueWebhooks.ts';
import type { EventsToSend } from '../../../../src/commands/webhooks/enqueueWebhooks.ts';
import { changed, createCommand } from '../../../support/calls.ts';

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const id = 'hook_0123456789012345678901';

/** Each of these is one transition. */
function history(length: number): readonly EventsToSend[] {
  let last = changed(decide(undefined, createCommand(['bob', 'carol', 'dave']), 1_000));
  const all: EventsToSend[] = [last];
  for (let step = 1; step < length; step += 1) {
    const command =
      step === 1
        ? ({ name: 'answer', userId: 'bob', deviceId: 'bob-phone' } as const)
        : ({ name: 'mute', userId: 'alice', targetId: 'bob' } as const);
    last = changed(decide(last.call, command, 1_000 + step));
    all.push(last);
  }
  return all;
}

class Killed extends Error {}

/** A port whose calls may be the last thing that a process does: before the step, or just after it. */
function mortal<T extends object>(port: T, dies: () => 'before' | 'after' | 'never'): T {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        const end = dies();
        await Promise.resolve();
        if (end === 'before') throw new Killed();
        const answer: unknown = await Reflect.apply(member, target, args);
        if (end === 'after') throw new Killed();
        return answer;
      };
    },
  });
}

test('a crash of any process at any step', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        length: fc.integer({ min: 1, max: 8 }),
        deaths: fc.array(fc.constantFrom('before', 'after', 'never', 'never', 'never'), { maxLength: 40 }),
        failures: fc.array(fc.boolean(), { maxLength: 12 }),
        order: fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
        inTheMiddle: fc.boolean(),
      }),
      async ({ length, deaths, failures, order, inTheMiddle }) => {
        const time = { now: 10_000 };
        const clock = { now: () => time.now };
        const told = history(length);
        // Made in the middle of the call, and the third transition carried out by one that did not know it yet.
        const overlooked = inTheMiddle ? 3 : 0;
        const events = told.flatMap((one) => one.events);
        const [endpoints, mailbox, wakeUps] = [
          new MemoryWebhookEndpoints(),
          new MemoryWebhookMailbox(),
          new MemoryWakeUps({ clock }),
        ];
        const createdAt = inTheMiddle ? 1_002 : 0;
        await endpoints.add({ id, url: 'https://app.example/', createdAt, secrets: [{ secret: 'whsec_AAAA' }] }, 16);
        const accepted: string[] = [];
        let [fate, answers, atWork, collisions] = [0, 0, 0, 0];
        const dies = () => deaths[fate++] ?? 'never';
        const sender = {
          send: async ({ id: messageId }: { id: string }) => {
            atWork += 1;
            if (atWork > 1) collisions += 1;
            await Promise.resolve();
            atWork -= 1;
            const isDown = failures[answers++] ?? false;
            if (!isDown) accepted.push(messageId);
            return isDown
              ? ({ accepted: false, failure: 'status', status: 500 } as const)
              : ({ accepted: true, status: 200 } as const);
          },
        };
        const store = { eventsAfter: () => Promise.resolve(events) };
        const enqueue = async (one: EventsToSend) => {
          const listed = await endpoints.list();
          await enqueueWebhooks({ mailbox: mortal(mailbox, dies), calls: store }, listed, one);
        };
        const context = {
          endpoints,
          mailbox: mortal(mailbox, dies),
          wakeUps: mortal(wakeUps, dies),
          sender,
          clock,
          log,
          waitsMs: Array<number>(20).fill(1_000),
          random: () => 0,
          metrics: { webhookSent: quiet, webhookDied: quiet },
        };
        /** As BullMQ and the outbox do: what died is run again. */
        const again = async (work: () => Promise<void>): Promise<void> => {
          try {
            await work();
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
            await again(work);
          }
        };
        /** What jobs wake, and what is found by processes that look for it. */
        const jobs = async (): Promise<readonly Promise<void>[]> => {
          const woken = [wakeUps.next(), wakeUps.next()].filter((job) => job !== undefined);
          const found = await mailbox.waiting(id, { dueAt: time.now, ringsSince: 0, max: 2 });
          const due = [
            ...woken,
            ...found.map(({ callId }) => ({ lane: { endpointId: id, callId } as const, due: undefined })),
          ];
          return due.map(({ lane, due: by }, index) => {
            const delivery = {
              lane,
              holder: `process ${index}`,
              attempted: () => true,
              mayContinue: () => false,
              ...(by ? { woken: by } : {}),
            };
            // Whoever died knows nothing of it when it is run again.
            return again(async () => {
              await deliverWebhook({ ...context, acceptedHere: new AcceptedHere() }, delivery);
            });
          });
        };
        const shuffled = told
          .slice(overlooked)
          .map((one, index) => ({ one, at: order[index] ?? 0 }))
          .sort((a, b) => a.at - b.at);
        for (const { one, at } of shuffled) {
          const entry = again(() => enqueue(one));
          await Promise.all(at % 2 === 0 ? [entry, ...(await jobs())] : [entry]);
        }
        for (let idle = 0; idle < 30; idle += 1) {
          const running = await jobs();
          if (running.length > 0) idle = 0;
          await Promise.all(running);
          time.now += 1_000;
        }
        const wanted = length > overlooked ? events.filter(({ at }) => at >= createdAt) : [];
        const came = accepted.map((messageId) => Number(messageId.split('_').at(-1)));
        expect(came).toEqual([...came].sort((a, b) => a - b));
        const heard = [...new Set(came)];
        expect(heard).toEqual(wanted.map(({ seq }) => seq));
        expect(collisions).toBe(0);
        if (deaths.every((one) => one === 'never')) expect(came).toEqual(heard);
      },
    ),
    { numRuns: 500 },
  );
}, 60_000);
