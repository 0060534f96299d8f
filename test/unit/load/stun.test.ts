/** The vectors of RFC 5769 and our own request. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { answersBinding, bindingRequest, isIntact, isStun } from '../../../src/load/media/stun.ts';

const password = 'VOkJxbRl1RmTxUk/WvJxBt';
const transactionId = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');
/** §2.1. */
const request = Buffer.from(
  '000100582112a442b7e7a701bc34d686fa87dfae' +
    '802200105354554e207465737420636c69656e74' +
    '002400046e0001ff80290008932ff9b151263b36' +
    '000600096576746a3a68367659202020' +
    '000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2' +
    '80280004e57a3bcf',
  'hex',
);
/** §2.2. */
const response = Buffer.from(
  '0101003c2112a442b7e7a701bc34d686fa87dfae' +
    '8022000b7465737420766563746f7220' +
    '002000080001a147e112a643' +
    '000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7' +
    '80280004c07d4c96',
  'hex',
);

test('the RFC’s sample request is STUN, and its integrity holds only with its password', () => {
  expect(isStun(request)).toBe(true);
  expect(isIntact(request, password)).toBe(true);
  expect(isIntact(request, 'another')).toBe(false);
});

test('the RFC’s sample response answers its request, and no other', () => {
  expect(answersBinding(response, transactionId, password)).toBe(true);
  expect(answersBinding(response, randomBytes(12), password)).toBe(false);
  expect(answersBinding(response, transactionId, 'another')).toBe(false);
  expect(answersBinding(request, transactionId, password)).toBe(false);
});

test.each([0, 21, 45, 60, 79])('a response with byte %i changed answers nothing', (at) => {
  const changed = Buffer.from(response);
  changed[at] = (changed[at] ?? 0) ^ 0x40;
  expect(answersBinding(changed, transactionId, password)).toBe(false);
});

test('data that is too short or of another protocol is not STUN', () => {
  expect(isStun(response.subarray(0, 19))).toBe(false);
  expect(isStun(response.subarray(0, 60))).toBe(false);
  expect(isStun(Buffer.alloc(40, 0x80))).toBe(false);
});

test('our request has integrity and the same form as the RFC’s', () => {
  const own = bindingRequest({ username: 'evtj:h6vY', password, transactionId });
  expect(isStun(own)).toBe(true);
  expect(isIntact(own, password)).toBe(true);
  expect(own.subarray(8, 20)).toEqual(transactionId);
  const username = Buffer.from('000600096576746a3a683676', 'hex');
  expect(own.includes(username)).toBe(true);
  // PRIORITY of a host candidate, and USE-CANDIDATE, which is empty.
  expect(own.includes(Buffer.from('002400047effffff', 'hex'))).toBe(true);
  expect(own.includes(Buffer.from('00250000', 'hex'))).toBe(true);
});
