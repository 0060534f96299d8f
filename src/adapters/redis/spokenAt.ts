/** Whether what listens at an address speaks plain Redis or TLS: told by what it answers to a plain PING. */
import { connect } from 'node:net';

const answersWithinMs = 1_000;
/** A TLS server refuses with a record of the type "alert". */
const tlsAlert = 0x15;

export async function spokenAt(url: string): Promise<'redis' | 'tls' | undefined> {
  if (!/^rediss?:/.test(url)) return undefined;
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port === '' ? 6_379 : port) });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(undefined);
    });
    socket.setTimeout(answersWithinMs, () => socket.destroy());
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.once('data', (answer) => {
      const first = answer[0];
      resolve(
        first === tlsAlert ? 'tls' : first === '+'.charCodeAt(0) || first === '-'.charCodeAt(0) ? 'redis' : undefined,
      );
      socket.destroy();
    });
  });
}
