/** Finds out whether an address speaks plain Redis or TLS, by its answers. */
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { TransportMixError } from './operatorMessages.ts';

type Spoken = 'redis' | 'tls';

const answersWithinMs = 1_000;

async function spokenAt(url: string): Promise<Spoken | undefined> {
  if (!/^rediss?:/.test(url)) return undefined;
  const { hostname, port } = new URL(url);
  const at = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port === '' ? 6_379 : port) };
  return (await answersPing(at)) ? 'redis' : (await shakesHands(at)) ? 'tls' : undefined;
}

/** Detects TLS to a plain port, or the other way round: each side waits for the other, and no error shows it. */
export async function mixedUp(url: string): Promise<TransportMixError | undefined> {
  const spoken = await spokenAt(url);
  if (spoken === undefined || (spoken === 'tls') === url.startsWith('rediss:')) return undefined;
  return new TransportMixError(spoken);
}

interface At {
  readonly host: string;
  readonly port: number;
}

/** `+PONG`, or `-` and the reason. */
function answersPing(at: At): Promise<boolean> {
  const socket = connect(at);
  socket.on('connect', () => socket.write('PING\r\n'));
  return settled(socket, (answer) => {
    socket.once('data', (data) => {
      answer(data[0] === '+'.charCodeAt(0) || data[0] === '-'.charCodeAt(0));
    });
  });
}

/** Only the handshake counts: the certificate's owner does not matter here. */
function shakesHands(at: At): Promise<boolean> {
  const socket = connectTls({
    ...at,
    rejectUnauthorized: false,
    ...(isIP(at.host) === 0 ? { servername: at.host } : {}),
  });
  return settled(socket, (answer) => {
    socket.once('secureConnect', () => {
      answer(true);
    });
  });
}

/** False on an error, an end, or no answer in time. */
function settled(socket: Socket, listen: (answer: (yes: boolean) => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (yes: boolean): void => {
      resolve(yes);
      socket.destroy();
    };
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(false);
    });
    socket.setTimeout(answersWithinMs, () => {
      answer(false);
    });
    listen(answer);
  });
}
