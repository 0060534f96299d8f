/** Bounds of one user hold over all their sockets. */
import { expect, test } from '@jest/globals';
import { UserSockets, maxSessionsOpened, unreadBytesPerUser } from '../../../../src/edge/socket/userSocketLimits.ts';

const limits = { messagesPerSecond: 5, messageBytesPerSecond: 1_000, socketsPerUser: 2 };

function socketOf(number: number, userId?: string) {
  const undo: (() => void)[] = [];
  return {
    number,
    identity: userId === undefined ? undefined : { userId },
    unreadBytes: 0,
    whenClosed: (step: () => void) => undo.push(step),
    close: () => {
      for (const step of undo) step();
    },
  };
}

test('messages and bytes are counted over all sockets of a user, and per socket before hello', async () => {
  const users = new UserSockets(limits);
  const [first, second] = [socketOf(1, 'alice'), socketOf(2, 'alice')];
  for (let count = 0; count < 5; count += 1) for (const socket of [first, second]) await users.said(socket, 10);
  await expect(users.said(first, 10)).rejects.toMatchObject({ code: 'too_many_requests' });
  await expect(users.said(second, 10)).rejects.toMatchObject({ code: 'too_many_requests' });
  await users.said(socketOf(3, 'bob'), 10);
  await users.said(socketOf(3), 10);
  const loud = socketOf(4, 'carol');
  await users.said(loud, 1_500);
  await expect(users.said(socketOf(5, 'carol'), 1_500)).rejects.toMatchObject({ code: 'too_many_requests' });
});

test('a user has a limited number of sockets, and closing one makes room', () => {
  const users = new UserSockets(limits);
  const [first, second, third] = [socketOf(1), socketOf(2), socketOf(3)];
  users.add(first, 'alice');
  users.add(second, 'alice');
  expect(() => {
    users.add(third, 'alice');
  }).toThrow(expect.objectContaining({ code: 'too_many_sockets' }));
  users.add(third, 'bob');
  first.close();
  users.add(socketOf(4), 'alice');
});

test('unread data is limited over all sockets of a user', () => {
  const users = new UserSockets(limits);
  const [first, second] = [socketOf(1, 'alice'), socketOf(2, 'alice')];
  users.add(first, 'alice');
  users.add(second, 'alice');
  first.unreadBytes = unreadBytesPerUser - 10;
  second.unreadBytes = 10;
  expect(users.mayWait(second)).toBe(true);
  first.unreadBytes += 1;
  expect(users.mayWait(second)).toBe(false);
  // A client that has read everything is not cut for another that has not.
  second.unreadBytes = 0;
  expect(users.mayWait(second)).toBe(true);
});

test('a user can open a limited number of sessions in a row, and other users are not delayed', async () => {
  const users = new UserSockets(limits);
  for (let count = 0; count < maxSessionsOpened; count += 1) await users.opensSession('alice');
  await expect(users.opensSession('alice')).rejects.toMatchObject({ code: 'too_many_requests' });
  await users.opensSession('bob');
});
