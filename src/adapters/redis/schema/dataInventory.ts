/**
 * All that is kept in Redis: the fields of every key, their purpose, and until when. docs/data.md shows it; tests
 * compare it with the names of the keys and the schemas of their values.
 */
import type { RedisKeys } from './keys.ts';

export type RedisType = 'string' | 'hash' | 'list' | 'set' | 'zset' | 'stream';

export interface KeptInQueues {
  /** As the key is written, without the prefix. */
  readonly key: string;
  readonly fields: readonly string[];
  readonly why: string;
  readonly until: string;
}
export interface Kept extends KeptInQueues {
  /** As Redis names it. */
  readonly type: RedisType;
}

/** Not keys: channels, or names inside of other keys. */
type NoKey =
  | 'workersOfQueues'
  | 'inEveryUsedStore'
  | 'userChannel'
  | 'callChannel'
  | 'nodeChannel'
  | 'nodeInbox'
  | 'echoChannel'
  | 'rightsChannel'
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
const callOver = 'the call is over, and `VEILCAST_ENDED_CALL_TTL_MS`';
const inIt = 'they are in the call or rung by it';
const erasure = 'the user is erased';
const webhookLife = 'it was accepted or died, at most `VEILCAST_WEBHOOK_RETENTION_MS`';

export const kept: Readonly<Record<Exclude<keyof RedisKeys, NoKey>, readonly Kept[]>> = {
  schema: [
    {
      key: 'schema',
      type: 'string',
      fields: ['version', 'since', 'by', 'migration', 'to', 'startedAt', 'step', 'cursor', 'run'],
      why: 'which program may use the store, and how far a migration is',
      until: 'never',
    },
  ],
  migrationLease: [
    {
      key: 'schema:lease',
      type: 'string',
      fields: [],
      why: 'who migrates the store',
      until: '10 s after its last step',
    },
  ],
  writeProbe: [
    { key: 'probe', type: 'string', fields: [], why: 'to find out whether Redis can be written', until: '60 s' },
  ],
  installation: [
    {
      key: 'installation',
      type: 'string',
      fields: ['fingerprint', 'since'],
      why: 'another installation under the same prefix is noticed by it; a keyed hash, not a secret',
      until: 'an operator deletes it, to change the token secret',
    },
  ],
  processes: [
    {
      key: 'processes',
      type: 'hash',
      fields: [],
      why: 'ids and schema versions of processes',
      until: 'it stops; of one that died, the next start of another',
    },
  ],
  process: [
    {
      key: 'process:{process}',
      type: 'string',
      fields: [],
      why: 'that a process is alive',
      until: '10 s after its last word',
    },
  ],
  call: [
    {
      key: '{call}:state',
      type: 'hash',
      fields: ['version', 'state', 'told', ...call],
      why: 'the call as it stands, and up to which event each webhook endpoint was told of it',
      until: callOver,
    },
  ],
  life: [
    {
      key: 'life',
      type: 'string',
      fields: [],
      why: 'a random name: it tells loss of data from ends of calls',
      until: 'never',
    },
  ],
  callEvents: [
    {
      key: '{call}:events',
      type: 'list',
      fields: event,
      why: 'who missed news asks by number; the newest 1,000',
      until: callOver,
    },
  ],
  callsOfUser: [
    { key: 'user:{user}:calls', type: 'set', fields: [], why: 'ids of their calls, to ring devices', until: inIt },
  ],
  callsOnNode: [
    {
      key: 'node:{node}:calls',
      type: 'set',
      fields: [],
      why: 'ids of calls to give to others if it dies',
      until: 'the call is over',
    },
  ],
  callsIn: [
    { key: 'calls:{phase}', type: 'set', fields: [], why: 'ids of calls, to count them', until: 'the call is over' },
  ],
  liveCalls: [
    { key: 'calls:live', type: 'zset', fields: [], why: 'ids of calls, to list them', until: 'the call is over' },
  ],
  ringingBetween: [
    {
      key: 'user:{user}:rings:{user}',
      type: 'string',
      fields: [],
      why: 'two who call each other meet',
      until: 'it rings no more',
    },
  ],
  nodesWithCalls: [
    { key: 'nodes', type: 'set', fields: [], why: 'ids of nodes to look after', until: 'they have no calls' },
  ],
  outbox: [
    {
      key: 'outbox',
      type: 'stream',
      fields: ['call', 'events', 'effects', ...call, ...event, 'kind'],
      why: 'timers, records and webhooks are made of it',
      until: 'they are made: seconds',
    },
  ],
  outboxBroken: [
    {
      key: 'outbox:broken',
      type: 'list',
      fields: [],
      why: 'ids of entries that could not be read',
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
      why: 'who may call whom',
      until: erasure,
    },
  ],
  users: [{ key: 'users', type: 'zset', fields: [], why: 'ids, to list them', until: erasure }],
  rights: [
    {
      key: 'rights',
      type: 'stream',
      fields: ['change', 'kind', 'userId', 'callId', 'mark', 'ticketId'],
      why: 'nodes end sockets and sessions of who lost a right; at most 10,000 changes',
      until: 'a minute after the last change',
    },
  ],
  seats: [
    {
      key: 'user:{user}:seats',
      type: 'zset',
      fields: [],
      why: 'ids of at most 100 devices by their newest hello: a device is on one connection',
      until: 'an hour after the last hello, or the user is erased',
    },
  ],
  viewerMark: [
    {
      key: '{call}:viewer:{user}:mark',
      type: 'string',
      fields: [],
      why: 'which tickets to watch are void since the viewer was sent away',
      until: 'the longest life of a ticket and `VEILCAST_IDEMPOTENCY_TTL_MS` after that',
    },
  ],
  ticketRevoked: [
    {
      key: '{ticket}:revoked',
      type: 'string',
      fields: [],
      why: 'the ticket is void',
      until: 'the longest life of a ticket and `VEILCAST_IDEMPOTENCY_TTL_MS` after that',
    },
  ],
  ticketDevices: [
    {
      key: '{ticket}:devices',
      type: 'set',
      fields: [],
      why: 'ids of devices that watch with it: few may at once',
      until: 'the ticket expires',
    },
  ],
  relation: [
    {
      key: 'user:{user}:{relation}',
      type: 'zset',
      fields: [],
      why: 'ids: who may call whom',
      until: 'the app takes it back, or one is erased',
    },
  ],
  relatedTo: [
    {
      key: 'user:{user}:related',
      type: 'set',
      fields: [],
      why: 'ids of whose relations to erase with a user',
      until: erasure,
    },
  ],
  blockersOf: [
    {
      key: 'user:{user}:blockers',
      type: 'set',
      fields: [],
      why: 'ids of who blocks them: looked for in every join',
      until: 'the block is taken back, or one is erased',
    },
  ],
  ringLedger: [
    {
      key: 'user:{user}:ringing',
      type: 'string',
      fields: ['windowBeganAt', 'attempts', 'inVain', 'userId', 'times', 'lastAt'],
      why: 'ringing cannot be used to harass',
      until: 'a day without a call, or the user is erased',
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
      why: 'the history of its participants',
      until: '`VEILCAST_RECORD_TTL_MS`; the name of who is erased until then',
    },
  ],
  records: [
    {
      key: 'records',
      type: 'zset',
      fields: [],
      why: 'ids of records by age, to delete them',
      until: '`VEILCAST_RECORD_TTL_MS`',
    },
  ],
  history: [
    {
      key: 'user:{user}:history',
      type: 'zset',
      fields: [],
      why: 'ids of their records',
      until: '`VEILCAST_RECORD_TTL_MS`, or the user is erased',
    },
  ],
  historySeen: [
    { key: 'user:{user}:seen', type: 'string', fields: [], why: 'a time: which missed calls are new', until: erasure },
  ],
  nodeStatuses: [
    {
      key: 'nodes:status',
      type: 'hash',
      fields: ['nodeId', 'region', 'beat', 'load', 'calls', 'sessions', 'draining'],
      why: 'which nodes live, and where a call goes',
      until: 'it stops, or is seen to be dead',
    },
  ],
  idempotency: [
    {
      key: 'once:{hash}',
      type: 'hash',
      fields: [],
      why: 'hash of a key → hash of a request and the id of what it made: sent again, it makes nothing',
      until: '`VEILCAST_IDEMPOTENCY_TTL_MS` after the last; the newest 100',
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
      why: 'where to tell the app, and how to sign',
      until: 'the app deletes it',
    },
  ],
  webhookLane: [
    {
      key: 'webhook:{endpoint}:{call}:pending',
      type: 'zset',
      fields: ['id', 'callId', 'seq', 'type', 'body'],
      why: 'what the app has not heard yet',
      until: webhookLife,
    },
    {
      key: 'webhook:{endpoint}:{call}:state',
      type: 'hash',
      fields: ['cursor', 'seq', 'attempt', 'dueAt', 'urgent', 'over', 'loose'],
      why: 'what comes next and when',
      until: 'the call’s end was accepted or died, at most `VEILCAST_WEBHOOK_RETENTION_MS`',
    },
    {
      key: 'webhook:{endpoint}:{call}:holder',
      type: 'string',
      fields: [],
      why: 'who delivers',
      until: 'it is delivered: seconds',
    },
  ],
  webhookLanes: [
    {
      key: 'webhook:{endpoint}:lanes',
      type: 'zset',
      fields: [],
      why: 'ids of calls of which it is still to be told',
      until: webhookLife,
    },
    {
      key: 'webhook:{endpoint}:lanes:urgent',
      type: 'zset',
      fields: [],
      why: 'those that ring, to go first',
      until: webhookLife,
    },
  ],
  setAside: [
    {
      key: 'aside:{key}',
      type: 'string',
      fields: [],
      why: 'what cannot be read, under the name that it had: for people to look at, out of the way of the rest',
      until: 'a day',
    },
  ],
  webhooksBroken: [
    {
      key: 'webhooks:broken',
      type: 'list',
      fields: [],
      why: 'the last 1,000 messages that could not be read',
      until: '`VEILCAST_WEBHOOK_RETENTION_MS`',
    },
  ],
  deadLetters: [
    {
      key: 'webhook:{endpoint}:dead',
      type: 'hash',
      fields: ['message', 'id', 'callId', 'seq', 'type', 'body', 'attempts', 'failure', 'status', 'diedAt'],
      why: 'the app may ask for it again',
      until: '`VEILCAST_WEBHOOK_RETENTION_MS`',
    },
    {
      key: 'webhook:{endpoint}:dead:order',
      type: 'zset',
      fields: [],
      why: 'its order',
      until: '`VEILCAST_WEBHOOK_RETENTION_MS`',
    },
  ],
};

/** Contents of BullMQ's jobs. */
export const keptInQueues: readonly KeptInQueues[] = [
  {
    key: 'jobs:timers',
    fields: ['callId', 'dueAt'],
    why: 'what must happen when time is up',
    until: 'it has happened; a failed one a day',
  },
  {
    key: 'jobs:webhooks',
    fields: ['endpointId', 'callId', 'seq', 'attempt', 'urgent'],
    why: 'when to try again',
    until: 'it is tried',
  },
  { key: 'jobs:sweep', fields: [], why: 'when to look for calls without a node', until: 'the next one' },
];

/** Markdown: one row per key. */
export function keptTable(): string {
  const rows = [...Object.values(kept).flat(), ...keptInQueues].map(({ key, fields, why, until }) => {
    const names = [...new Set(fields)].map((field) => `\`${field}\``).join(', ');
    return `| \`${key}\` | ${names} | ${why} | ${until} |`;
  });
  return ['| key | fields | why | until |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
