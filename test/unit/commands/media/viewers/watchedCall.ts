/** A call that viewers may watch, without any media: what the commands of viewers work on. */
import { MemoryCalls } from '../../../../../src/adapters/memory/memoryCalls.ts';
import { MemoryRelations } from '../../../../../src/adapters/memory/memoryRelations.ts';
import { MemoryRightsLog } from '../../../../../src/adapters/memory/memoryRightsLog.ts';
import { MemoryViewerTickets } from '../../../../../src/adapters/memory/memoryViewerTickets.ts';
import { JoseTokens } from '../../../../../src/adapters/tokens/joseTokens.ts';
import { runCommand } from '../../../../../src/commands/call/running/runCommand.ts';
import { LocalViewers } from '../../../../../src/commands/media/viewers/localViewers.ts';
import type { Device } from '../../../../../src/domain/media/admission.ts';
import type { SessionId, TicketId } from '../../../../../src/domain/kernel/ids.ts';
import type { SessionOwner } from '../../../../../src/ports/media/sessions.ts';
import { createCommand } from '../../../../support/calls.ts';
import { start, worldOf } from '../../../edge/server.ts';

export const verasPhone = { userId: 'vera', deviceId: 'vera-phone' };
export const sessionId = 'ses_0123456789012345678901';
export const ticketTtlMs = 60_000;
const graceMs = 10_000;
const { metrics, log } = worldOf().options;

/** Alice and Bob talk; nobody watches yet. */
export async function watchedCall() {
  const time = { now: start };
  const clock = { now: () => time.now };
  const store = new MemoryCalls({ clock, endedCallTtlMs: 60_000 });
  const running = { store, clock, metrics };
  const created = createCommand();
  const { callId } = created;
  await runCommand(running, callId, created);
  await runCommand(running, callId, { name: 'answer', userId: 'bob', deviceId: 'bob-phone' });
  const viewerTickets = new MemoryViewerTickets({ log: new MemoryRightsLog() });
  const tokens = new JoseTokens({
    secret: 'a-secret-of-thirty-two-characters',
    clock,
    userTokenTtlMs: 60_000,
    ticketTtlMs,
    clockSkewMs: 0,
  });
  const relations = new MemoryRelations();
  const viewers = new LocalViewers({
    feed: { onCall: () => Promise.resolve(() => Promise.resolve()) },
    store,
    tickets: viewerTickets,
    relations,
    clock,
    log,
    graceMs,
    notify: () => undefined,
    end: () => undefined,
  });
  const owners = new Map<SessionId, SessionOwner>();
  const ticketOf = async ({ userId }: Device, ticketId: TicketId, ofCall: typeof callId = callId) => {
    const mark = await viewerTickets.markOf(ofCall, userId);
    return tokens.issueTicket({ callId: ofCall, userId, rights: ['watch'], ticketId, mark });
  };
  return {
    callId,
    time,
    /** Whose each session is; tests may change it. */
    owners,
    ticketOf,
    context: {
      ...running,
      tokens,
      relations,
      viewerTickets,
      viewers,
      ticketDevices: 1,
      tokenGraceMs: graceMs,
      sessions: { ownerOf: (id: SessionId) => owners.get(id) },
    },
  };
}
