/** What a network does to one page: packets of its media that are lost, paths that are dead, a socket that hears nothing. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { sh } from '../../support/processes/shell.ts';

const table = `media${process.pid}`;

export class Packets {
  readonly #mediaPorts: readonly number[];

  private constructor(mediaPorts: readonly number[]) {
    this.#mediaPorts = mediaPorts;
  }

  static async start(mediaPorts: readonly number[]): Promise<Packets> {
    await nft(`add table inet ${table}`, `add chain inet ${table} in { type filter hook input priority 0; }`);
    process.once('exit', removeTable);
    return new Packets(mediaPorts);
  }

  /** Of what the server sends, in percent. */
  lose(percent: number): Promise<void> {
    return nft(
      `add rule inet ${table} in udp sport ${setOf(this.#mediaPorts)} numgen random mod 100 < ${percent} drop`,
    );
  }

  /** Nothing goes to and from media ports any more by the sockets that are open now. */
  async kill(): Promise<void> {
    const media = setOf(this.#mediaPorts);
    for (const protocol of ['udp', 'tcp']) {
      const listed = await sh('ss', protocol === 'udp' ? '-Huan' : '-Htan');
      const open = [...listed.matchAll(/^\S+\s+\d+\s+\d+\s+\S+:(\d+)\s/gm)].map(([, port]) => Number(port));
      const own = [...new Set(open)].filter((port) => !this.#mediaPorts.includes(port));
      if (own.length === 0) continue;
      await nft(
        `add rule inet ${table} in ${protocol} sport ${setOf(own)} ${protocol} dport ${media} drop`,
        `add rule inet ${table} in ${protocol} sport ${media} ${protocol} dport ${setOf(own)} drop`,
      );
    }
  }

  mend(): Promise<void> {
    return nft(`flush chain inet ${table} in`);
  }

  stop(): void {
    process.removeListener('exit', removeTable);
    removeTable();
  }
}

const setOf = (ports: readonly number[]) => `{ ${ports.join(', ')} }`;

async function nft(...commands: readonly string[]): Promise<void> {
  for (const command of commands) await sh('nft', ...command.split(' ').filter((word) => word !== ''));
}

function removeTable(): void {
  spawnSync('nft', ['delete', 'table', 'inet', table]);
}

/** The way of one page to the server over HTTP and WebSocket. */
export class Door {
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((outer) => {
      const inner = connect(port, '127.0.0.1');
      for (const [one, other] of [
        [outer, inner],
        [inner, outer],
      ] as const) {
        this.#open.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.#open.delete(one);
          other.destroy();
        });
      }
      outer.pipe(inner).pipe(outer);
    });
  }

  /** `at`: an address of this machine that browsers elsewhere reach it by. */
  static async to(port: number, at = '127.0.0.1'): Promise<Door> {
    const door = new Door(port);
    await once(door.#server.listen(0, at), 'listening');
    return door;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the door is shut');
    return `http://${address.address === '127.0.0.1' ? 'localhost' : address.address}:${address.port}`;
  }

  /** What is open stays open and carries nothing, as after a change of address. What is opened from now on carries. */
  freeze(): void {
    for (const socket of this.#open) {
      socket.unpipe();
      socket.pause();
    }
  }

  /** What is open is cut. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
