/** The built server as a process of its own, with free ports, seen from outside like any deployment. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { environmentName, environmentPrefix } from '../../../config/schema.ts';
import { killWithUs } from './killWithUs.ts';
import { freePorts } from './ports.ts';
import { waitFor } from '../waitFor.ts';

export interface ServerProcess {
  readonly url: string;
  readonly adminUrl: string;
  readonly apiKey: string;
  readonly httpPort: number;
  readonly mediaPorts: readonly number[];
  /** Everything the process has written. */
  logs(): string;
  readonly pid: number;
  /** How it ended; undefined while it runs. */
  ended(): string | undefined;
  stop(): Promise<number | null>;
  /** As `stop`, asked for on the admin port. */
  drain(): Promise<number | null>;
  kill(): Promise<void>;
}

export interface ServerProcessOptions {
  readonly redisUrl: string;
  readonly redisPrefix?: string;
  /** The machine that it runs on: a network namespace and its address in it. Else this process's own, on loopback. */
  readonly machine?: Machine;
  /** `VEILCAST_…` variables over the test's own. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly bundle?: string;
  /** The checkout whose bundle runs: this one, unless it is told. */
  readonly checkout?: string;
  readonly readyWithinMs?: number;
  /** Done before it is waited for. */
  readonly whileItStarts?: (logs: () => string, stop: () => Promise<number | null>) => Promise<void>;
}

export interface Machine {
  readonly namespace: string;
  readonly address: string;
}

/** A machine of its own has all ports free: others know where it is before it is there. */
const ownPorts = [4400, 4401, 44400, 44401] as const;

export const urlOn = ({ address }: Machine): string => `http://${address}:${ownPorts[0]}`;

const apiKey = 'an-api-key-for-tests-only';
/** For the admin port, which asks for a key where it does not listen on loopback. */
export const adminHeaders = { authorization: `Bearer ${apiKey}` } as const;
export const tokenSecret = 'a-token-secret-for-tests-only-0123456789';

export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { machine } = options;
  const address = machine?.address ?? '127.0.0.1';
  const [httpPort = 0, adminPort = 0, mediaPort = 0, mediaPort2 = 0] = machine ? ownPorts : await freePorts(4);
  const program = [process.execPath, starterIn(options.checkout), options.bundle ?? 'dist/server.js'];
  // Which becomes the program: the process id is the server's own.
  const [command = '', ...args] = machine ? ['ip', 'netns', 'exec', machine.namespace, ...program] : program;
  const child = spawn(command, args, {
    env: await knownTo(options.checkout, {
      ...process.env,
      VEILCAST_MODE: 'development',
      VEILCAST_REDIS_URL: options.redisUrl,
      VEILCAST_REDIS_PREFIX: options.redisPrefix ?? 'veilcast',
      VEILCAST_HTTP_HOST: address,
      VEILCAST_ADMIN_HOST: address,
      VEILCAST_MEDIA_LISTEN_ADDRESSES: address,
      VEILCAST_HTTP_PORT: String(httpPort),
      VEILCAST_ADMIN_PORT: String(adminPort),
      VEILCAST_WORKERS_ADMIN_PORT: String(adminPort),
      VEILCAST_MEDIA_FIRST_PORT: String(mediaPort),
      VEILCAST_MEDIA_WORKERS: '2',
      VEILCAST_API_KEY: apiKey,
      VEILCAST_TOKEN_SECRET: tokenSecret,
      VEILCAST_LIFECYCLE_IN_PROCESS: 'true',
      VEILCAST_DRAIN_TIMEOUT_MS: '500',
      // Tests call the same people again and again.
      VEILCAST_CALL_ATTEMPTS: '100000',
      VEILCAST_RING_WAITS_MS: '0',
      ...options.environment,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.checkout === undefined ? {} : { cwd: options.checkout }),
  });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => written.push(text));
  }
  const logs = () => written.join('');
  letGo(child);
  const adminUrl = `http://${address}:${adminPort}`;
  await options.whileItStarts?.(logs, () => end(child, 'SIGTERM'));
  await waitUntilReady(child, { adminUrl, logs, withinMs: options.readyWithinMs ?? 90_000 });
  return {
    url: `http://${options.environment?.['VEILCAST_HTTP_HOST'] ?? address}:${httpPort}`,
    adminUrl,
    apiKey,
    httpPort,
    logs,
    mediaPorts: [mediaPort, mediaPort2],
    pid: child.pid ?? 0,
    ended: () => (isRunning(child) ? undefined : String(child.signalCode ?? child.exitCode)),
    stop: () => end(child, 'SIGTERM'),
    drain: async () => {
      const { status } = await fetch(`${adminUrl}/drain`, { method: 'POST', headers: adminHeaders });
      if (status !== 202) throw new Error(`to drain was refused: ${status}`);
      return ended(child);
    },
    kill: async () => {
      await end(child, 'SIGKILL');
    },
  };
}

/** An earlier checkout keeps it elsewhere. */
function starterIn(checkout = '.'): string {
  const places = ['deploy/run/run.mjs', 'deploy/setup/run.mjs'];
  const found = places.find((place) => existsSync(join(checkout, place)));
  if (found === undefined) throw new Error(`${checkout} holds no checkout that can be started`);
  return found;
}

/** An earlier checkout refuses settings that came later: it gets those that its own list names. */
async function knownTo(checkout: string | undefined, environment: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  if (checkout === undefined) return environment;
  const settings = await readFile(join(checkout, 'config/schema.ts'), 'utf8');
  const named = new Set([...settings.matchAll(/^ {2}(\w+):/gm)].map(([, setting = '']) => environmentName(setting)));
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith(environmentPrefix) || named.has(name)),
  );
}

interface Starting {
  readonly adminUrl: string;
  readonly logs: () => string;
  readonly withinMs: number;
}

async function waitUntilReady(child: ChildProcess, { adminUrl, logs, withinMs }: Starting): Promise<void> {
  const isReady = async () => {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    return fetch(`${adminUrl}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  try {
    await waitFor('the server to be ready', isReady, { withinMs });
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}\n${logs()}`, { cause: error });
  }
}

/** A test that fails before it stops its server leaves nothing behind, and keeps jest from ending no longer. */
function letGo(child: ChildProcess): void {
  killWithUs(child);
  for (const one of [child.stdout, child.stderr]) if (one instanceof Socket) one.unref();
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (isRunning(child)) child.kill(signal);
  return ended(child);
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (isRunning(child)) {
    child.ref();
    await once(child, 'exit');
  }
  return child.exitCode;
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;
