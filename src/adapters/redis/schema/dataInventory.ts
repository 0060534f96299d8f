/**
 * Everything that is stored in Redis: the fields of every key, their purpose, and how long they are stored. docs/data.md is
 * generated from it; tests compare it with the names of the keys and the schemas of their values.
 */
import type { RedisKeys } from './keys.ts';

export type RedisType = 'string' | 'hash' | 'list' | 'set' | 'zset' | 'stream';

export interface QueuedData {
  /** The key without the prefix of the installation; a part in braces stands for an id. */
  readonly key: string;
  /** Every name inside the value, nested ones included; empty when the value has no named fields. */
  readonly fields: readonly string[];
  /** What the key contains and what it is needed for. */
  readonly why: string;
  /** When it is deleted; completes "stored until …". */
  readonly until: string;
}
export interface StoredKey extends QueuedData {
  /** As Redis names it. */
  readonly type: RedisType;
}

/** Not keys: channels, or names inside other keys. */
type NoKey =
  | 'workersOfQueues'
  | 'inEveryUsedStore'
  | 'userChannel'
  | 'callChannel'
  | 'nodeChannel'
  | 'nodeInbox'
  | 'echoChannel'
  | 'rightsChannel'
  | 'maintenanceChannel'
  | 'seatsChannel'
  | 'outboxReaders';

const participant = [
  ...[
    'userId',
    'role',
    'era',
    'state',
    'invitedBy',
    'deviceId',
    'presence',
    'joinedAt',
    'movesFrom',
    'rungSince',
    'expectedSince',
    'onHold',
    'pace',
    'since',
    'changes',
    'reason',
  ],
  ...['leftAt', 'talkedMs'],
];
const call = [
  ...[
    'id',
    'media',
    'nodeId',
    'ownerTerm',
    'visibility',
    'sensitive',
    'phase',
    'version',
    'lastEvent',
    'createdAt',
    'answeredAt',
    'aloneAt',
  ],
  ...['endedAt', 'reason', 'participants', 'limits', 'requests', ...participant],
  ...['ringTimeoutMs', 'reconnectGraceMs', 'emptyTimeoutMs', 'longestCallMs', 'mostParticipants'],
];
const event = ['callId', 'seq', 'at', 'type', 'userId', 'by', 'reason'];
const callOver = '`VEILCAST_ENDED_CALL_TTL_MS` after the end of the call';
const inIt = 'the user leaves the call, or stops ringing';
const erasure = 'the user is erased';
const webhookLife = 'it is accepted or a dead letter, at most `VEILCAST_WEBHOOK_RETENTION_MS`';

export const dataInventory: Readonly<Record<Exclude<keyof RedisKeys, NoKey>, readonly StoredKey[]>> = {
  schema: [
    {
      key: 'schema',
      type: 'string',
      fields: ['version', 'since', 'by', 'migration', 'to', 'startedAt', 'step', 'cursor', 'run'],
      why: 'the schema version, which decides what programs may use the store, and the progress of a migration',
      until: 'never',
    },
  ],
  migrationLease: [
    {
      key: 'schema:lease',
      type: 'string',
      fields: [],
      why: 'the process that migrates the store',
      until: '10 s after the last step of the migration',
    },
  ],
  writeProbe: [{ key: 'probe', type: 'string', fields: [], why: 'checks whether Redis accepts writes', until: '60 s' }],
  installation: [
    {
      key: 'installation',
      type: 'string',
      fields: ['fingerprint', 'since'],
      why: 'a keyed hash, not a secret: detects another installation under the same prefix',
      until: 'it is replaced when the token secret is changed, or an operator deletes it',
    },
  ],
  processes: [
    {
      key: 'processes',
      type: 'hash',
      fields: [],
      why: 'ids and schema versions of processes, which a migration waits for',
      until: 'the process stops; if it died, the next start of any process',
    },
  ],
  process: [
    {
      key: 'process:{process}',
      type: 'string',
      fields: [],
      why: 'exists while the process is alive',
      until: '10 s after its last sign of life',
    },
  ],
  call: [
    {
      key: '{call}:state',
      type: 'hash',
      fields: ['version', 'state', 'told', ...call],
      why: 'the current state of the call, and the last event that each webhook endpoint accepted',
      until: callOver,
    },
  ],
  life: [
    {
      key: 'life',
      type: 'string',
      fields: [],
      why: 'the store incarnation, a random name: another name means that data was lost',
      until: 'never',
    },
  ],
  callEvents: [
    {
      key: '{call}:events',
      type: 'list',
      fields: event,
      why: 'the newest 1,000 events: clients that missed some request them by number',
      until: callOver,
    },
  ],
  callsOfUser: [
    {
      key: 'user:{user}:calls',
      type: 'set',
      fields: [],
      why: 'ids of the user’s live calls, to ring their devices',
      until: inIt,
    },
  ],
  callsOnNode: [
    {
      key: 'node:{node}:calls',
      type: 'set',
      fields: [],
      why: 'ids of the node’s calls, which other nodes take over if it dies',
      until: 'the call ends',
    },
  ],
  callsIn: [
    {
      key: 'calls:{phase}',
      type: 'set',
      fields: [],
      why: 'ids of calls in this phase, to count them',
      until: 'the call ends',
    },
  ],
  liveCalls: [
    { key: 'calls:live', type: 'zset', fields: [], why: 'ids of live calls, to list them', until: 'the call ends' },
  ],
  ringingBetween: [
    {
      key: 'user:{user}:rings:{user}',
      type: 'string',
      fields: [],
      why: 'the call between the two: if they call each other at once, they share one call',
      until: 'the call stops ringing, at most a day',
    },
  ],
  nodesWithCalls: [
    {
      key: 'nodes',
      type: 'set',
      fields: [],
      why: 'ids of nodes with calls, which are watched',
      until: 'the node has no calls',
    },
  ],
  outbox: [
    {
      key: 'outbox',
      type: 'stream',
      fields: ['call', 'events', 'effects', ...call, ...event, 'kind'],
      why: 'changes of calls from which timers, records and webhooks are made',
      until: 'they are made, within seconds',
    },
  ],
  outboxBroken: [
    {
      key: 'outbox:broken',
      type: 'list',
      fields: [],
      why: 'unreadable entries as they were, for an operator: they may name users of a call',
      until: 'an operator deletes it',
    },
  ],
  user: [
    {
      key: 'user:{user}',
      type: 'hash',
      fields: [
        ...['name', 'verified', 'generation', 'callingOn', 'audiences', 'groupAudiences', 'whenBusy', 'quietHours'],
        ...['from', 'to', 'timeZone'],
      ],
      why: 'the user’s name and settings, which decide who may call them',
      until: erasure,
    },
  ],
  users: [{ key: 'users', type: 'zset', fields: [], why: 'ids of all users, to list them', until: erasure }],
  maintenance: [
    {
      key: 'maintenance',
      type: 'string',
      fields: ['text', 'since', 'by'],
      why: 'no node takes a new call: the text for people, since when, and the name of the key that began it',
      until: 'an operator ends the maintenance',
    },
  ],
  rights: [
    {
      key: 'rights',
      type: 'stream',
      fields: ['change', 'kind', 'userId', 'callId', 'mark', 'ticketId'],
      why: 'at most 10,000 changes of rights: nodes close the sockets and sessions of users who lost one',
      until: 'a minute after the last change',
    },
  ],
  seats: [
    {
      key: 'user:{user}:seats',
      type: 'zset',
      fields: [],
      why: 'ids of at most 100 devices by their newest hello, so that a device has one connection',
      until: 'an hour after the last hello, or the user is erased',
    },
  ],
  viewerMark: [
    {
      key: '{call}:viewer:{user}:mark',
      type: 'string',
      fields: [],
      why: 'voids the earlier tickets of a viewer who was removed',
      until: '`VEILCAST_IDEMPOTENCY_TTL_MS` after the longest life of a ticket',
    },
  ],
  ticketRevoked: [
    {
      key: '{ticket}:revoked',
      type: 'string',
      fields: [],
      why: 'voids a revoked ticket',
      until: '`VEILCAST_IDEMPOTENCY_TTL_MS` after the longest life of a ticket',
    },
  ],
  ticketDevices: [
    {
      key: '{ticket}:devices',
      type: 'set',
      fields: [],
      why: 'ids of devices that use the ticket, whose number is limited',
      until: 'the ticket expires',
    },
  ],
  relation: [
    {
      key: 'user:{user}:{relation}',
      type: 'zset',
      fields: [],
      why: 'ids of users with this relation, which decides who may call whom',
      until: 'the app removes the relation, or one of the two is erased',
    },
  ],
  relatedTo: [
    {
      key: 'user:{user}:related',
      type: 'set',
      fields: [],
      why: 'ids of users with a relation to this one, to erase these relations too',
      until: erasure,
    },
  ],
  blockersOf: [
    {
      key: 'user:{user}:blockers',
      type: 'set',
      fields: [],
      why: 'ids of users who block this one, checked at every join',
      until: 'the block is removed, or one of the two is erased',
    },
  ],
  ringLedger: [
    {
      key: 'user:{user}:ringing',
      type: 'string',
      fields: ['windowBeganAt', 'attempts', 'inVain', 'userId', 'times', 'lastAt'],
      why: 'attempts and unanswered calls, limited against harassment',
      until: 'a day after the last attempt, or the user is erased',
    },
  ],
  record: [
    {
      key: '{call}:record',
      type: 'string',
      fields: [
        ...['callId', 'media', 'startedAt', 'answeredAt', 'endedAt', 'reason', 'participants'],
        ...['userId', 'leftAt', 'talkedMs'],
      ],
      why: 'the ended call in the history of its participants',
      until: '`VEILCAST_RECORD_TTL_MS`; an erased user’s id, until the erasure',
    },
  ],
  records: [
    {
      key: 'records',
      type: 'zset',
      fields: [],
      why: 'ids of records by age, to delete old ones',
      until: '`VEILCAST_RECORD_TTL_MS`',
    },
  ],
  history: [
    {
      key: 'user:{user}:history',
      type: 'zset',
      fields: [],
      why: 'ids of the user’s records',
      until: '`VEILCAST_RECORD_TTL_MS`, or the user is erased',
    },
  ],
  historySeen: [
    { key: 'user:{user}:seen', type: 'string', fields: [], why: 'a time: later missed calls are new', until: erasure },
  ],
  nodeStatuses: [
    {
      key: 'nodes:status',
      type: 'hash',
      fields: ['nodeId', 'region', 'beat', 'load', 'calls', 'sessions', 'draining'],
      why: 'the status of each node: whether it is alive, and whether it gets calls',
      until: 'the node stops or is found dead',
    },
  ],
  idempotency: [
    {
      key: 'once:{hash}',
      type: 'hash',
      fields: [],
      why: 'for each hashed key, the hash of its request and the id of the result: a repeated request has no second effect',
      until: '`VEILCAST_IDEMPOTENCY_TTL_MS` after the last request; at most 100 keys',
    },
  ],
  webhookEndpoints: [
    {
      key: 'webhooks',
      type: 'hash',
      fields: [
        ...[
          'id',
          'url',
          'createdAt',
          'secrets',
          'secret',
          'signsUntil',
          'madeBy',
          'disabled',
          'reason',
          'since',
          'enabledAt',
        ],
      ],
      why: 'the URLs of the app, and the secrets to sign with',
      until: 'the app deletes the endpoint',
    },
  ],
  webhookLane: [
    {
      key: 'webhook:{endpoint}:{call}:pending',
      type: 'zset',
      fields: ['id', 'callId', 'seq', 'type', 'body'],
      why: 'messages that the app has not accepted yet',
      until: webhookLife,
    },
    {
      key: 'webhook:{endpoint}:{call}:state',
      type: 'hash',
      fields: ['cursor', 'seq', 'attempt', 'dueAt', 'urgent', 'over', 'loose'],
      why: 'which message is next, and when',
      until: 'the last message of the call is accepted or a dead letter, at most `VEILCAST_WEBHOOK_RETENTION_MS`',
    },
    {
      key: 'webhook:{endpoint}:{call}:holder',
      type: 'string',
      fields: [],
      why: 'the process that delivers now',
      until: 'the delivery ends, within seconds',
    },
  ],
  webhookLanes: [
    {
      key: 'webhook:{endpoint}:lanes',
      type: 'zset',
      fields: [],
      why: 'ids of calls with pending messages',
      until: webhookLife,
    },
    {
      key: 'webhook:{endpoint}:lanes:urgent',
      type: 'zset',
      fields: [],
      why: 'ids of ringing calls among them, which go first',
      until: webhookLife,
    },
  ],
  setAside: [
    {
      key: 'aside:{key}',
      type: 'string',
      fields: [],
      why: 'an unreadable value, moved aside for an operator',
      until: 'a day',
    },
  ],
  webhooksBroken: [
    {
      key: 'webhooks:broken',
      type: 'list',
      fields: [],
      why: 'the last 1,000 unreadable messages, for an operator',
      until: '`VEILCAST_WEBHOOK_RETENTION_MS`',
    },
  ],
  deadLetters: [
    {
      key: 'webhook:{endpoint}:dead',
      type: 'hash',
      fields: ['message', 'id', 'callId', 'seq', 'type', 'body', 'attempts', 'failure', 'status', 'diedAt'],
      why: 'messages that could not be delivered, which the app may replay',
      until: '`VEILCAST_WEBHOOK_RETENTION_MS`',
    },
    {
      key: 'webhook:{endpoint}:dead:order',
      type: 'zset',
      fields: [],
      why: 'ids of dead letters by age',
      until: '`VEILCAST_WEBHOOK_RETENTION_MS`',
    },
  ],
};

/** Contents of BullMQ's jobs. */
export const queueInventory: readonly QueuedData[] = [
  {
    key: 'jobs:timers',
    fields: ['callId', 'dueAt'],
    why: 'when a call is checked for passed deadlines',
    until: 'the check is done; a failed one for a day',
  },
  {
    key: 'jobs:webhooks',
    fields: ['endpointId', 'callId', 'seq', 'attempt', 'urgent'],
    why: 'when a message is tried again',
    until: 'the attempt begins',
  },
  { key: 'jobs:sweep', fields: [], why: 'when to look for calls without a node', until: 'the next sweep' },
];

/** Markdown: one row per key. */
export function inventoryTable(): string {
  const rows = [...Object.values(dataInventory).flat(), ...queueInventory].map(({ key, fields, why, until }) => {
    const names = [...new Set(fields)].map((field) => `\`${field}\``).join(', ');
    return `| \`${key}\` | ${names} | ${why} | ${until} |`;
  });
  return ['| key | fields | why | until |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
