/** Leaks to a page, really received by Alice’s browser over its network: from a server that tells of others. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { homeOf, secondHomeOf } from '../stage/people.ts';
import { inEvidence } from './seed.ts';
import type { Seed } from './seed.ts';
import type { Stage } from '../stage/stage.ts';

const candidate = `a=candidate:1 1 udp 2122260223 ${homeOf('bob').v4} 50000 typ host`;
const expanded = secondHomeOf('carol').v6.replace('::', ':0:0:0:0:0:');
const html = `<!doctype html><title>Leaks</title><p>${expanded}</p>
<script>new WebSocket(location.href.replace('http', 'ws')).onmessage = () => (document.title = 'told');</script>`;

export async function serveLeaks({ alice, evidence }: Stage): Promise<readonly Seed[]> {
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(html));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.send(JSON.stringify({ method: 'candidate', params: { candidate } }));
  });
  server.listen(0, homeOf('server').v4);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const page = await alice.person.page.context().newPage();
  try {
    alice.observer.watch(page);
    await page.goto(`http://${homeOf('server').v4}:${address.port}/`);
    await page.waitForFunction(() => document.title === 'told');
  } finally {
    await page.close();
    sockets.close();
    server.closeAllConnections();
    server.close();
  }
  const described = `v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n${candidate.replace(homeOf('bob').v4, homeOf('carol').v6)}\r\n`;
  evidence.add({ holder: 'alice', what: 'remote descriptions of the page' }, described);
  const measured = { type: 'remote-candidate', address: homeOf('bob').v6, port: 50000 };
  evidence.add({ holder: 'alice', what: 'statistics of the page' }, JSON.stringify(measured));
  const atAlice = (what: string, place: string, owner: 'bob' | 'carol') =>
    inEvidence(what, { holder: 'alice', what: place, owner });
  return [
    atAlice('Bob’s candidate in a socket message to Alice’s page', 'socket frames of the page', 'bob'),
    atAlice('the same message as it crossed the network', 'TCP on the wire', 'bob'),
    atAlice('Carol’s address in an HTTP answer to Alice’s page', 'HTTP answers to the page', 'carol'),
    atAlice('Carol’s candidate in a remote description', 'remote descriptions of the page', 'carol'),
    atAlice('Bob’s address in the statistics of Alice’s page', 'statistics of the page', 'bob'),
  ];
}
