/** The data inventory matches the schemas of stored values. */
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { dataInventory, queueInventory } from '../../../../src/adapters/redis/schema/dataInventory.ts';
import * as stored from '../../../../src/adapters/redis/schema/persistedSchemas.ts';
import { timerJob, webhookJob } from '../../../../src/protocol/internal/jobs.ts';

/** Names of all fields, however deep. */
function fieldsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const names =
    'properties' in value && typeof value.properties === 'object' ? Object.keys(value.properties ?? {}) : [];
  return [...names, ...Object.values(value).flatMap(fieldsOf)];
}

function namesIn(...schemas: readonly z.ZodType[]): readonly string[] {
  const documents = schemas.map((one) => z.toJSONSchema(one, { io: 'output', unrepresentable: 'any' }));
  return sorted(documents.flatMap(fieldsOf));
}

const sorted = (names: readonly string[]) => [...new Set(names)].sort();
const queue = (name: string) => queueInventory.find(({ key }) => key === `jobs:${name}`)?.fields ?? [];
const [lane] = dataInventory.webhookLane;
const [letters] = dataInventory.deadLetters;

test.each([
  ['a call', dataInventory.call[0]?.fields, ['version', 'state', 'told', ...namesIn(stored.storedCall)]],
  ['events', dataInventory.callEvents[0]?.fields, namesIn(stored.storedEvent)],
  ['the outbox', dataInventory.outbox[0]?.fields, namesIn(stored.storedTransition)],
  ['a user', dataInventory.user[0]?.fields, ['name', 'verified', 'generation', ...namesIn(stored.storedSettings)]],
  ['a ring ledger', dataInventory.ringLedger[0]?.fields, namesIn(stored.storedLedger)],
  ['a record', dataInventory.record[0]?.fields, namesIn(stored.storedRecord)],
  ['nodes', dataInventory.nodeStatuses[0]?.fields, namesIn(stored.storedNodeStatus)],
  ['maintenance', dataInventory.maintenance[0]?.fields, namesIn(stored.storedMaintenance)],
  ['webhook endpoints', dataInventory.webhookEndpoints[0]?.fields, namesIn(stored.storedEndpoint)],
  ['a message', lane?.fields, namesIn(stored.storedMessage)],
  ['dead letters', letters?.fields, namesIn(stored.storedLetter)],
  ['timers', queue('timers'), namesIn(timerJob)],
  ['deliveries', queue('webhooks'), namesIn(webhookJob)],
])('of %s', (_what, told, held) => {
  expect(sorted(told ?? [])).toEqual(sorted(held));
});
