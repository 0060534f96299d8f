/**
 * The name of every key and channel, in one place. The prefix is in braces: all keys of one Veilcast, those of its queues
 * too, are in one slot of a cluster, and one script may touch any of them.
 */
import type { CallId, NodeId, TicketId, UserId, WebhookEndpointId } from '../../../domain/kernel/ids.ts';
import type { RelationKind } from '../../../domain/people/relations.ts';
import type { Lane } from '../../../ports/webhooks/webhooks.ts';

export type RedisKeys = ReturnType<typeof redisKeys>;

/**
 * A user id may hold `:` and braces, which part names: they are written as `%3A` in it, so that no two ids share a name. Ids
 * of letters, digits, `_`, `-` and `.` stay as they are.
 */
function named(userId: UserId): string {
  return encodeURIComponent(userId);
}

/** What ends rights, and where it is announced. */
function rightsKeys(prefix: string, channels: string) {
  return {
    /** Stream: rights that ended, of users, viewers and tickets; and where a new one is announced. */
    rights: `${prefix}:rights`,
    rightsChannel: `${channels}:rights:feed`,
    /** Sorted set: device id → number of its newest hello; and where a new one is announced. */
    seats: (userId: UserId) => `${prefix}:user:${named(userId)}:seats`,
    seatsChannel: (userId: UserId) => `${channels}:user:${named(userId)}:seats:feed`,
    /** String: tickets with a lower mark do not let this user watch the call. */
    viewerMark: (callId: CallId, userId: UserId) => `${prefix}:${callId}:viewer:${named(userId)}:mark`,
    /** String, while it exists the ticket is void; and the set of devices that use it. */
    ticketRevoked: (ticketId: TicketId) => `${prefix}:${ticketId}:revoked`,
    ticketDevices: (ticketId: TicketId) => `${prefix}:${ticketId}:devices`,
  };
}

/** About the store itself and the processes that use it. */
function schemaKeys(prefix: string) {
  return {
    /** JSON: the schema version of the store, and how far a migration is; and a string with an expiry: who migrates. */
    schema: `${prefix}:schema`,
    migrationLease: `${prefix}:schema:lease`,
    /** JSON: a keyed hash that tells whether two processes have the same secrets. */
    installation: `${prefix}:installation`,
    /** String with an expiry, written to find out whether Redis can be written. */
    writeProbe: `${prefix}:probe`,
    /** Hash: process id → schema version; and for each a string with an expiry, while it is alive. */
    processes: `${prefix}:processes`,
    process: (processId: string) => `${prefix}:process:${processId}`,
    /** BullMQ's mark that some process works on the timers; it expires when none does. */
    workersOfQueues: `${prefix}:jobs:timers:stalled-check`,
    /** One of them at least is in every store that a process of any version has used. */
    inEveryUsedStore: [
      ...[`${prefix}:life`, `${prefix}:outbox`, `${prefix}:users`, `${prefix}:nodes`, `${prefix}:nodes:status`],
      ...[`${prefix}:webhooks`, `${prefix}:records`, `${prefix}:calls:ringing`, `${prefix}:calls:active`],
    ],
  };
}

/**
 * Keys are apart by database already. Channels are not: Redis publishes to all databases, so their names hold its number.
 * Every new channel must begin with `channels`, not with `prefix`.
 */
export function redisKeys(redisPrefix: string, database = 0) {
  const prefix = `{${redisPrefix}}`;
  const channels = database === 0 ? prefix : `${prefix}:db${database}`;
  return {
    ...schemaKeys(prefix),
    /** String: the name of this life of Redis, which ends with its data. */
    life: `${prefix}:life`,
    /** A key that could not be read, whatever its type, under this name. */
    setAside: (key: string) => `${prefix}:aside:${key.slice(prefix.length + 1)}`,
    /** Hash: `version` and `state`, the call as JSON. */
    call: (callId: CallId) => `${prefix}:${callId}:state`,
    /** List: the event with number n is at index n - 1. */
    callEvents: (callId: CallId) => `${prefix}:${callId}:events`,
    /** Sets of call ids. */
    callsOfUser: (userId: UserId) => `${prefix}:user:${named(userId)}:calls`,
    callsOnNode: (nodeId: NodeId) => `${prefix}:node:${nodeId}:calls`,
    callsIn: (phase: 'ringing' | 'active') => `${prefix}:calls:${phase}`,
    /** Sorted set of the ids of all calls that have not ended, to list them by id. */
    liveCalls: `${prefix}:calls:live`,
    /** String: the call by which one user rings one other. */
    ringingBetween: (caller: UserId, callee: UserId) => `${prefix}:user:${named(caller)}:rings:${named(callee)}`,
    /** Set of node ids. */
    nodesWithCalls: `${prefix}:nodes`,
    /** Stream of saved transitions, the group that reads it, and a list of entries that could not be read. */
    outbox: `${prefix}:outbox`,
    outboxReaders: 'relays',
    outboxBroken: `${prefix}:outbox:broken`,
    /** Hash: `name`, `verified` and the settings; and the sorted set of all user ids, to list them by id. */
    user: (userId: UserId) => `${prefix}:user:${named(userId)}`,
    users: `${prefix}:users`,
    /** Sorted set of user ids: towards whom a relation of a user holds. Sets: whose relations point at a user, and who blocks them. */
    relation: (userId: UserId, kind: RelationKind) => `${prefix}:user:${named(userId)}:${kind}`,
    relatedTo: (userId: UserId) => `${prefix}:user:${named(userId)}:related`,
    blockersOf: (userId: UserId) => `${prefix}:user:${named(userId)}:blockers`,
    /** JSON: what a caller's ringing has used up. */
    ringLedger: (userId: UserId) => `${prefix}:user:${named(userId)}:ringing`,
    /** JSON: the record of a call that is over; sorted sets of call ids by when they ended, of all and of each user. */
    record: (callId: CallId) => `${prefix}:${callId}:record`,
    records: `${prefix}:records`,
    history: (userId: UserId) => `${prefix}:user:${named(userId)}:history`,
    /** String: up to when the user has looked through it. */
    historySeen: (userId: UserId) => `${prefix}:user:${named(userId)}:seen`,
    /** Hash: node id → JSON of what it says of itself. */
    nodeStatuses: `${prefix}:nodes:status`,
    /** Hash of what requests with an `Idempotency-Key` made, by key, for each who sends them. Hashes name both. */
    idempotency: (scopeDigest: string) => `${prefix}:once:${scopeDigest}`,
    /** Hash: id → JSON of an endpoint, with its secrets: without them nothing could be signed. */
    webhookEndpoints: `${prefix}:webhooks`,
    /** Sorted set of messages by number · hash of what was reached and tried · string with an expiry: who delivers. */
    webhookLane: ({ endpointId, callId }: Lane) => {
      const lane = `${prefix}:webhook:${endpointId}:${callId}`;
      return { pending: `${lane}:pending`, state: `${lane}:state`, holder: `${lane}:holder` };
    },
    /** Sorted sets of call ids by when their lane is due: all lanes of an endpoint, and those by which phones ring. */
    webhookLanes: (endpointId: WebhookEndpointId) => {
      const lanes = `${prefix}:webhook:${endpointId}:lanes`;
      return { lanes, urgent: `${lanes}:urgent` };
    },
    /** List of messages that could not be read. */
    webhooksBroken: `${prefix}:webhooks:broken`,
    /** Hash: message id → JSON; and the ids by when they died. */
    deadLetters: (endpointId: WebhookEndpointId) => {
      const dead = `${prefix}:webhook:${endpointId}:dead`;
      return { letters: dead, order: `${dead}:order` };
    },
    ...rightsKeys(prefix, channels),
    /** Calls that a user comes into; what goes on in a call after that is told once, to all who follow it. */
    userChannel: (userId: UserId) => `${channels}:user:${named(userId)}:feed`,
    callChannel: (callId: CallId) => `${channels}:${callId}:feed`,
    /** On which a subscriber hears itself. */
    echoChannel: (subscriber: string) => `${channels}:echo:${subscriber}`,
    nodeChannel: (nodeId: NodeId) => `${channels}:node:${nodeId}:feed`,
    /** What other nodes say to it. */
    nodeInbox: (nodeId: NodeId) => `${channels}:node:${nodeId}:inbox`,
  };
}
