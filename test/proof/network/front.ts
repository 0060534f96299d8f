/**
 * What stands in front of the server on port 443, as in a deployment: TLS ends there for pages and sockets, and beside it,
 * on an address of its own, the relay of `deploy/coturn` behind the packet filter of `deploy/coturn`.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { createServer } from 'node:tls';
import type { Server } from 'node:tls';
import { killWithUs } from '../../support/processes/killWithUs.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import { waitFor } from '../../support/waitFor.ts';
import { homeOf, relayHome } from '../stage/people.ts';
import { ip, sh } from '../../support/processes/shell.ts';

const port = 443;
const relayPeers = resolve('deploy/coturn/peers.nft');
const relaySettings = resolve('deploy/coturn/turnserver.conf');

/** A certificate for both addresses, and the secret that the server and the relay share. */
export class FrontKeys {
  readonly secret = randomBytes(24).toString('base64url');
  readonly url = `turns:${relayHome.v4}:${port}?transport=tcp`;
  readonly keyFile: string;
  readonly certificateFile: string;

  private constructor(folder: string) {
    this.keyFile = join(folder, 'front.key');
    this.certificateFile = join(folder, 'front.crt');
  }

  static async make(folder: string): Promise<FrontKeys> {
    const keys = new FrontKeys(folder);
    const names = `subjectAltName=IP:${homeOf('server').v4},IP:${relayHome.v4}`;
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const named = ['-subj', '/CN=veilcast', '-addext', names];
    await sh('openssl', 'req', ...kind, ...named, '-keyout', keys.keyFile, '-out', keys.certificateFile);
    return keys;
  }

  /** The one key that browsers are told to trust: RFC 7469 §2.4. */
  async pin(): Promise<string> {
    const { publicKey } = new X509Certificate(await readFile(this.certificateFile));
    return createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');
  }
}

export class Front {
  readonly pageUrl = `https://${homeOf('server').v4}`;
  readonly secret: string;
  readonly #relay: ChildProcess;
  readonly #pages: Server;
  readonly #written: string[] = [];

  private constructor(keys: FrontKeys, relay: ChildProcess, pages: Server) {
    this.secret = keys.secret;
    this.#relay = relay;
    this.#pages = pages;
    for (const stream of [relay.stdout, relay.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#written.push(text));
    }
  }

  static async start(keys: FrontKeys, server: ServerProcess, folder: string): Promise<Front> {
    await ip('addr', 'add', `${relayHome.v4}/24`, 'dev', 'eth0');
    await restrictPeers(server.mediaPorts);
    const front = new Front(keys, startRelay(keys, folder), await startPages(keys, server.httpPort));
    await waitFor('the relay', () => takesConnections(relayHome.v4));
    return front;
  }

  /** Everything that the relay wrote. */
  logs(): string {
    return this.#written.join('');
  }

  async stop(): Promise<void> {
    this.#pages.close();
    if (this.#relay.exitCode !== null || this.#relay.signalCode !== null) return;
    this.#relay.ref();
    const ended = once(this.#relay, 'exit');
    this.#relay.kill('SIGKILL');
    await ended;
  }
}

async function restrictPeers(mediaPorts: readonly number[]): Promise<void> {
  const set = (members: readonly (string | number)[]) => `{ ${members.join(', ')} }`;
  const defined = [`relay=${relayHome.v4}`, `nodes=${set([homeOf('server').v4])}`, `ports=${set(mediaPorts)}`];
  await sh('nft', ...defined.flatMap((one) => ['-D', one]), '-f', relayPeers);
}

function startRelay({ keyFile, certificateFile, secret }: FrontKeys, folder: string): ChildProcess {
  const relay = spawn(
    'turnserver',
    [
      ...['-c', relaySettings, `--cert=${certificateFile}`, `--pkey=${keyFile}`, `--static-auth-secret=${secret}`],
      ...[`--listening-ip=${relayHome.v4}`, `--relay-ip=${relayHome.v4}`, `--allowed-peer-ip=${homeOf('server').v4}`],
      `--pidfile=${join(folder, 'relay.pid')}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  killWithUs(relay);
  return relay;
}

async function startPages({ keyFile, certificateFile }: FrontKeys, httpPort: number): Promise<Server> {
  const { v4 } = homeOf('server');
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certificateFile)]);
  const pages = createServer({ key, cert, ALPNProtocols: ['http/1.1'] }, (client) => {
    const server = connect(httpPort, v4);
    client.pipe(server).pipe(client);
    // Whoever ends or breaks a connection ends both halves of it.
    client.on('error', () => server.destroy()).on('close', () => server.destroy());
    server.on('error', () => client.destroy()).on('close', () => client.destroy());
  });
  pages.listen(port, v4);
  await once(pages, 'listening');
  return pages;
}

function takesConnections(host: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      answer(true);
    });
    socket.once('error', () => {
      answer(false);
    });
  });
}
