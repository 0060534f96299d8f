/** A viewer continues watching with another ticket: on their own session, by a ticket of their own for the same call. */
import { beforeEach, expect, test } from '@jest/globals';
import { admitViewer } from '../../../../../src/commands/media/viewers/admitViewer.ts';
import { renewTicket } from '../../../../../src/commands/media/viewers/renewTicket.ts';
import { sessionId, ticketTtlMs, verasPhone, watchedCall } from './watchedCall.ts';

const first = 'tic_0123456789012345678901';
const second = 'tic_0123456789012345678902';
const verasTablet = { userId: 'vera', deviceId: 'vera-tablet' };
const mallory = { userId: 'mallory', deviceId: 'mallory-phone' };

let here: Awaited<ReturnType<typeof watchedCall>>;
beforeEach(async () => {
  here = await watchedCall();
  const { callId, context, owners } = here;
  owners.set(sessionId, { callId, device: verasPhone, ownerTerm: 1, asViewer: true });
  const ticket = await context.tokens.readTicket(await here.ticketOf(verasPhone, first));
  await context.viewers.begin(sessionId, await admitViewer(context, ticket, verasPhone));
});
const renew = (ticket: string, device = verasPhone) => renewTicket(here.context, { sessionId, ticket, device });
const ticketNow = () => here.context.viewers.heldBy(sessionId)?.ticketId;

test('the session lasts as long as the new ticket, and the place of the old one is free again', async () => {
  here.time.now += 30_000;
  const { expiresAt } = await renew(await here.ticketOf(verasPhone, second));
  expect(expiresAt).toBe(here.time.now + ticketTtlMs);
  expect(here.context.viewers.heldBy(sessionId)).toMatchObject({ ticketId: second, expiresAt });
  const old = await here.context.tokens.readTicket(await here.ticketOf(verasPhone, first));
  await expect(admitViewer(here.context, old, verasTablet)).resolves.toMatchObject({ ticketId: first });
});

test.each([
  ['another user', mallory],
  ['another device of the user', verasTablet],
])('%s cannot renew it, not even with a ticket of their own', async (_name, device) => {
  const ticket = await here.ticketOf(device, second);
  await expect(renew(ticket, device)).rejects.toMatchObject({ code: 'session_not_found' });
  expect(ticketNow()).toBe(first);
});

test('the session of a participant has no ticket to renew', async () => {
  here.context.viewers.ended(sessionId);
  const ticket = await here.ticketOf(verasPhone, second);
  await expect(renew(ticket)).rejects.toMatchObject({ code: 'session_not_found' });
});

test('a ticket for another call is refused, and takes no place there', async () => {
  const ticket = await here.ticketOf(verasPhone, second, 'call_9999999999999999999999');
  await expect(renew(ticket)).rejects.toMatchObject({ code: 'ticket_invalid' });
  expect(ticketNow()).toBe(first);
  const unused = await here.context.tokens.readTicket(ticket);
  await expect(admitViewer(here.context, unused, verasTablet)).resolves.toMatchObject({ ticketId: second });
});

test('a ticket of another user is refused', async () => {
  await expect(renew(await here.ticketOf(mallory, second))).rejects.toMatchObject({ code: 'ticket_invalid' });
  expect(ticketNow()).toBe(first);
});

test('a ticket that was revoked, has expired or is used up is refused', async () => {
  const ticket = await here.ticketOf(verasPhone, second);
  const used = await here.context.tokens.readTicket(ticket);
  await admitViewer(here.context, used, verasTablet);
  await expect(renew(ticket)).rejects.toMatchObject({ code: 'ticket_in_use' });
  await here.context.viewerTickets.revoke(second);
  await expect(renew(ticket)).rejects.toMatchObject({ code: 'ticket_invalid' });
  here.time.now += ticketTtlMs;
  await expect(renew(ticket)).rejects.toMatchObject({ code: 'ticket_expired' });
  expect(ticketNow()).toBe(first);
});
