/**
 * Tickets that were revoked before they expire, and the devices that use each, in Redis. All of it expires with the
 * tickets.
 */
import * as z from 'zod';
import type { CallId, DeviceId, TicketId, UserId } from '../../../domain/kernel/ids.ts';
import { ticketAnswers } from '../../../ports/media/viewerTickets.ts';
import type { TicketAnswer, ViewerTicket, ViewerTickets } from '../../../ports/media/viewerTickets.ts';
import type { RedisConnection } from '../connection/connection.ts';
import type { RedisKeys } from '../schema/keys.ts';
import admitViewer from './admitViewer.lua';
import { revokeTicket, revokeAllOfViewer } from './rights/rightsScripts.ts';
import { parsed } from '../schema/values.ts';

export interface RedisViewerTicketsOptions {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  /** No ticket admits its user, or lets them watch on, for longer. */
  readonly longestTicketMs: number;
}

export class RedisViewerTickets implements ViewerTickets {
  readonly #options: RedisViewerTicketsOptions;

  constructor(options: RedisViewerTicketsOptions) {
    this.#options = options;
  }

  async markOf(callId: CallId, userId: UserId): Promise<number> {
    const { connection, keys } = this.#options;
    const key = keys.viewerMark(callId, userId);
    const mark = Number((await connection.run((client) => client.get(key), 0, [key])) ?? 0);
    return Number.isSafeInteger(mark) ? mark : 0;
  }

  async revokeAll(callId: CallId, userId: UserId): Promise<void> {
    const { connection, keys, longestTicketMs } = this.#options;
    const values = [callId, userId, String(longestTicketMs), keys.rightsChannel];
    await connection.script(revokeAllOfViewer, [keys.viewerMark(callId, userId), keys.rights], values);
  }

  async revoke(ticketId: TicketId): Promise<void> {
    const { connection, keys, longestTicketMs } = this.#options;
    const values = [JSON.stringify({ kind: 'ticket', ticketId }), String(longestTicketMs), keys.rightsChannel];
    await connection.script(revokeTicket, [keys.ticketRevoked(ticketId), keys.rights], values);
  }

  async isRevoked(ticketId: TicketId): Promise<boolean> {
    const { connection, keys } = this.#options;
    return (await connection.run((client) => client.exists(keys.ticketRevoked(ticketId)))) === 1;
  }

  async admit(
    { callId, userId, ticketId, mark }: ViewerTicket,
    { deviceId, devices, forMs }: { deviceId: DeviceId; devices: number; forMs: number },
  ): Promise<TicketAnswer> {
    const { connection, keys } = this.#options;
    const names = [keys.viewerMark(callId, userId), keys.ticketRevoked(ticketId), keys.ticketDevices(ticketId)];
    const values = [String(mark), deviceId, String(devices), String(Math.max(1, Math.ceil(forMs)))];
    return parsed(z.enum(ticketAnswers), await connection.script(admitViewer, names, values));
  }

  async isVoid({ callId, userId, ticketId, mark }: ViewerTicket): Promise<boolean> {
    const [now, revoked] = await Promise.all([this.markOf(callId, userId), this.isRevoked(ticketId)]);
    return revoked || now > mark;
  }

  async release(ticketId: TicketId, deviceId: DeviceId): Promise<void> {
    const { connection, keys } = this.#options;
    await connection.run((client) => client.sRem(keys.ticketDevices(ticketId), deviceId));
  }
}
