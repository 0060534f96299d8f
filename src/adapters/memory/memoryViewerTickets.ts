import type { CallId, DeviceId, TicketId, UserId } from '../../domain/kernel/ids.ts';
import type { TicketAnswer, ViewerTicket, ViewerTickets } from '../../ports/media/viewerTickets.ts';
import type { MemoryRightsLog } from './memoryRightsLog.ts';

export class MemoryViewerTickets implements ViewerTickets {
  readonly #log: MemoryRightsLog;
  readonly #marks = new Map<string, number>();
  readonly #revoked = new Set<TicketId>();
  readonly #devices = new Map<TicketId, Set<DeviceId>>();
  #lastMark = 0;

  constructor({ log }: { readonly log: MemoryRightsLog }) {
    this.#log = log;
  }

  markOf(callId: CallId, userId: UserId): Promise<number> {
    return Promise.resolve(this.#marks.get(nameOf(callId, userId)) ?? 0);
  }

  revokeAll(callId: CallId, userId: UserId): Promise<void> {
    const mark = (this.#lastMark += 1);
    this.#marks.set(nameOf(callId, userId), mark);
    this.#log.add({ kind: 'viewer', callId, userId, mark });
    return Promise.resolve();
  }

  revoke(ticketId: TicketId): Promise<void> {
    this.#revoked.add(ticketId);
    this.#log.add({ kind: 'ticket', ticketId });
    return Promise.resolve();
  }

  isRevoked(ticketId: TicketId): Promise<boolean> {
    return Promise.resolve(this.#revoked.has(ticketId));
  }

  async admit(
    ticket: ViewerTicket,
    { deviceId, devices }: { readonly deviceId: DeviceId; readonly devices: number },
  ): Promise<TicketAnswer> {
    if (await this.isVoid(ticket)) return 'void';
    const used = this.#devices.get(ticket.ticketId) ?? new Set();
    if (!used.has(deviceId) && used.size >= devices) return 'in_use';
    this.#devices.set(ticket.ticketId, used.add(deviceId));
    return 'admitted';
  }

  async isVoid({ callId, userId, ticketId, mark }: ViewerTicket): Promise<boolean> {
    return this.#revoked.has(ticketId) || (await this.markOf(callId, userId)) > mark;
  }

  release(ticketId: TicketId, deviceId: DeviceId): Promise<void> {
    this.#devices.get(ticketId)?.delete(deviceId);
    return Promise.resolve();
  }
}

function nameOf(callId: CallId, userId: UserId): string {
  return JSON.stringify([callId, userId]);
}
