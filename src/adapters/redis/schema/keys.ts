/**
 * Names of all keys and channels. The prefix is in braces: all keys of one Veilcast, those of its queues too, are in
 * one cluster slot, so that one script may use any of them.
 */
import type { CallId, NodeId, TicketId, UserId, WebhookEndpointId } from '../../../domain/kernel/ids.ts';
import type { RelationKind } from '../../../domain/people/relations.ts';
import type { Lane } from '../../../ports/webhooks/webhooks.ts';

export type RedisKeys = ReturnType<typeof redisKeys>;

/**
 * A user id may hold `:` and braces, which separate parts of names. They are escaped, for example as `%3A`, so that no
 * two ids share a name. Letters, digits, `_`, `-` and `.` stay as they are.
 */
function named(userId: UserId): string {
  return encodeURIComponent(userId);
}

/** Keys of what ends rights, and channels to announce it. */
function rightsKeys(prefix: string, channels: string) {
  return {
    /** Stream: rights that ended, of users, viewers and tickets; and the channel for new ones. */
    rights: `${prefix}:rights`,
    rightsChannel: `${channels}:rights:feed`,
    /** Sorted set: device id → number of its newest hello; and the channel for new ones. */
    seats: (userId: UserId) => `${prefix}:user:${named(userId)}:seats`,
    seatsChannel: (userId: UserId) => `${channels}:user:${named(userId)}:seats:feed`,
    /** String: tickets with a lower mark do not let this user watch the call. */
    viewerMark: (callId: CallId, userId: UserId) => `${prefix}:${callId}:viewer:${named(userId)}:mark`,
    /** String: while it exists, the ticket is revoked; and the set of devices that use it. */
    ticketRevoked: (ticketId: TicketId) => `${prefix}:${ticketId}:revoked`,
    ticketDevices: (ticketId: TicketId) => `${prefix}:${ticketId}:devices`,
  };
}

/** The store itself and the processes that use it. */
function schemaKeys(prefix: string) {
  return {
    /**
     * JSON: the schema version of the store, and the progress of a migration; and a string with an expiry: the process
     * that migrates.
     */
    schema: `${prefix}:schema`,
    migrationLease: `${prefix}:schema:lease`,
    /** JSON: a keyed hash that shows whether two processes have the same secrets. */
    installation: `${prefix}:installation`,
    /** String with an expiry, to test whether Redis takes writes. */
    writeProbe: `${prefix}:probe`,
    /** Hash: process id → schema version; and a string with an expiry for each living process. */
    processes: `${prefix}:processes`,
    process: (processId: string) => `${prefix}:process:${processId}`,
    /** BullMQ's mark that a process works on the timers; otherwise it expires. */
    workersOfQueues: `${prefix}:jobs:timers:stalled-check`,
    /** At least one of them exists in every store that was ever used, by any version. */
    inEveryUsedStore: [
      ...[`${prefix}:life`, `${prefix}:outbox`, `${prefix}:users`, `${prefix}:nodes`, `${prefix}:nodes:status`],
      ...[`${prefix}:webhooks`, `${prefix}:records`, `${prefix}:calls:ringing`, `${prefix}:calls:active`],
    ],
  };
}

/**
 * Databases separate keys, but not channels: Redis publishes to all databases, so the names of channels hold the
 * number. Every new channel must begin with `channels`, not with `prefix`.
 */
export function redisKeys(redisPrefix: string, database = 0) {
  const prefix = `{${redisPrefix}}`;
  const channels = database === 0 ? prefix : `${prefix}:db${database}`;
  return {
    ...schemaKeys(prefix),
    /** String: the store incarnation, which is lost with its data. */
    life: `${prefix}:life`,
    /** New name of a key that could not be read, of any type. */
    setAside: (key: string) => `${prefix}:aside:${key.slice(prefix.length + 1)}`,
    /** Hash: `version` and `state`, the call as JSON. */
    call: (callId: CallId) => `${prefix}:${callId}:state`,
    /** List: the event with number n is at index n - 1. */
    callEvents: (callId: CallId) => `${prefix}:${callId}:events`,
    /** Sets of call ids. */
    callsOfUser: (userId: UserId) => `${prefix}:user:${named(userId)}:calls`,
    callsOnNode: (nodeId: NodeId) => `${prefix}:node:${nodeId}:calls`,
    callsIn: (phase: 'ringing' | 'active') => `${prefix}:calls:${phase}`,
    /** Sorted set of the ids of all calls that have not ended, in the order of ids. */
    liveCalls: `${prefix}:calls:live`,
    /** String: the call by which one user rings another. */
    ringingBetween: (caller: UserId, callee: UserId) => `${prefix}:user:${named(caller)}:rings:${named(callee)}`,
    /** Set of node ids. */
    nodesWithCalls: `${prefix}:nodes`,
    /** Stream of saved transitions, the group that reads it, and a list of unreadable entries. */
    outbox: `${prefix}:outbox`,
    outboxReaders: 'relays',
    outboxBroken: `${prefix}:outbox:broken`,
    /** Hash: `name`, `verified` and the settings; and the sorted set of all user ids, to list them in order. */
    user: (userId: UserId) => `${prefix}:user:${named(userId)}`,
    users: `${prefix}:users`,
    /**
     * Sorted set of user ids: the users to whom a relation of a user applies. Sets: users with a relation to this user,
     * and users who block them.
     */
    relation: (userId: UserId, kind: RelationKind) => `${prefix}:user:${named(userId)}:${kind}`,
    relatedTo: (userId: UserId) => `${prefix}:user:${named(userId)}:related`,
    blockersOf: (userId: UserId) => `${prefix}:user:${named(userId)}:blockers`,
    /** JSON: how much a caller has rung. */
    ringLedger: (userId: UserId) => `${prefix}:user:${named(userId)}:ringing`,
    /** JSON: the record of an ended call; sorted sets of call ids by end time, for all and for each user. */
    record: (callId: CallId) => `${prefix}:${callId}:record`,
    records: `${prefix}:records`,
    history: (userId: UserId) => `${prefix}:user:${named(userId)}:history`,
    /** String: time up to which the user has seen the history. */
    historySeen: (userId: UserId) => `${prefix}:user:${named(userId)}:seen`,
    /** JSON: no node takes a new call; and the channel for changes of it. */
    maintenance: `${prefix}:maintenance`,
    maintenanceChannel: `${channels}:maintenance:feed`,
    /** Hash: node id → JSON of its status. */
    nodeStatuses: `${prefix}:nodes:status`,
    /** Hash: the results of requests by `Idempotency-Key`, for each sender. Key and sender are hashed. */
    idempotency: (scopeDigest: string) => `${prefix}:once:${scopeDigest}`,
    /** Hash: id → JSON of an endpoint, with its secrets: signing needs them. */
    webhookEndpoints: `${prefix}:webhooks`,
    /**
     * Sorted set of messages by number · hash of progress and attempts · string with an expiry: the process that
     * delivers.
     */
    webhookLane: ({ endpointId, callId }: Lane) => {
      const lane = `${prefix}:webhook:${endpointId}:${callId}`;
      return { pending: `${lane}:pending`, state: `${lane}:state`, holder: `${lane}:holder` };
    },
    /**
     * Sorted sets of call ids by when their lane is due: all lanes of an endpoint, and the urgent ones, which make
     * phones ring.
     */
    webhookLanes: (endpointId: WebhookEndpointId) => {
      const lanes = `${prefix}:webhook:${endpointId}:lanes`;
      return { lanes, urgent: `${lanes}:urgent` };
    },
    /** List of unreadable messages. */
    webhooksBroken: `${prefix}:webhooks:broken`,
    /** Hash: message id → JSON; and the ids by time of failure. */
    deadLetters: (endpointId: WebhookEndpointId) => {
      const dead = `${prefix}:webhook:${endpointId}:dead`;
      return { letters: dead, order: `${dead}:order` };
    },
    ...rightsKeys(prefix, channels),
    /** Calls that a user enters; later changes of a call are published once, for all who follow it. */
    userChannel: (userId: UserId) => `${channels}:user:${named(userId)}:feed`,
    callChannel: (callId: CallId) => `${channels}:${callId}:feed`,
    /** Channel of a subscriber's echoes. */
    echoChannel: (subscriber: string) => `${channels}:echo:${subscriber}`,
    nodeChannel: (nodeId: NodeId) => `${channels}:node:${nodeId}:feed`,
    /** Messages from other nodes. */
    nodeInbox: (nodeId: NodeId) => `${channels}:node:${nodeId}:inbox`,
  };
}
