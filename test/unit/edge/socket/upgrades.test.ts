/** A handshake that is none is refused in the words of every other refusal. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { refuseHandshake } from '../../../../src/edge/socket/upgrades.ts';

const server = createServer();
afterEach(() => {
  server.close();
});

const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
test.each([
  ['a short key', ['Sec-WebSocket-Key: short', 'Sec-WebSocket-Version: 13'], 400, 'invalid_request'],
  ['no key', ['Sec-WebSocket-Version: 13'], 400, 'invalid_request'],
  [
    'an invalid list of protocols',
    [key, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: a b'],
    400,
    'invalid_request',
  ],
  ['another version', [key, 'Sec-WebSocket-Version: 7'], 426, 'upgrade_required'],
  ['no version', [key], 426, 'upgrade_required'],
])('%s', async (_name, headers, status, code) => {
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('wsClientError', (_error, socket, request) => {
    refuseHandshake(socket, request);
  });
  server.once('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = connect(address.port, '127.0.0.1');
  const offer = ['GET / HTTP/1.1', 'Host: veilcast', 'Connection: Upgrade', 'Upgrade: websocket', ...headers];
  client.write([...offer, '', ''].join('\r\n'));
  let text = '';
  for await (const chunk of client) text += String(chunk);
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(text).toContain('Content-Type: application/problem+json\r\n');
  expect(text).toContain(`"code":"${code}"`);
  // RFC 6455 §4.4: which versions would do.
  expect(text.includes('Sec-WebSocket-Version: 13')).toBe(status === 426);
});
