/** The only reader of the environment. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import * as z from 'zod';
import { environmentName, environmentPrefix, loopback, settings, settingsInFiles } from './schema.ts';
import type { Config } from './schema.ts';
import { keysIn, nameOfSingleKey } from './apiKeys.ts';
import { isLoopback } from './loopback.ts';
import { secretFaults } from './secrets.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** All faults of the configuration at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    const [first = '', ...others] = faults;
    const list = faults.map((fault) => `  - ${fault}`).join('\n');
    super(others.length === 0 ? first : `Configuration errors (${faults.length}):\n${list}`);
    this.faults = faults;
  }
}

/** Reads the file; the environment overrides it; development generates what is missing. Throws `ConfigError`. */
export function loadConfig(environment: Environment, generated = generateSecrets()): Config {
  const faults: string[] = [];
  const raw: Record<string, unknown> = { ...fromFile(environment, faults), ...fromEnvironment(environment, faults) };
  if (raw['mode'] === 'development') {
    if (raw['apiKeys'] === undefined) raw['apiKey'] ??= generated.apiKey;
    raw['tokenSecret'] ??= generated.tokenSecret;
    raw['lifecycleInProcess'] ??= true;
    raw['webhookAllowPrivate'] ??= true;
  }
  if (raw['apiKey'] === undefined && raw['apiKeys'] === undefined) {
    faults.push(`${environmentName('apiKey')}: must be set, or ${environmentName('apiKeys')}`);
  }
  const parsed = settings.safeParse(raw);
  if (!parsed.success) {
    faults.push(...parsed.error.issues.map(({ path, message }) => `${environmentName(String(path[0]))}: ${message}`));
  }
  faults.push(...crossFaults(parsed.success ? parsed.data : soundPart(raw)));
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults);
  return parsed.data;
}

/** For development. */
function generateSecrets() {
  return { apiKey: randomBytes(24).toString('base64url'), tokenSecret: randomBytes(32).toString('base64url') };
}

/** Names that other tools use. They apply when ours is not set. */
const foreignNames = { redisUrl: 'REDIS_URL', mediaWorkerBin: 'MEDIASOUP_WORKER_BIN' } as const;

export interface TakenConfig {
  readonly config: Config;
  /** Reads all files again, with the environment of the start. Throws `ConfigError`. */
  readonly readAgain: () => Config;
}

/**
 * As `loadConfig`, for the environment of this process. Removes what it read: child processes and diagnostic reports do
 * not need the secrets. Throws `ConfigError`.
 */
export function takeConfig(environment: NodeJS.ProcessEnv): TakenConfig {
  const atStart = { ...environment };
  const generated = generateSecrets();
  const config = loadConfig(atStart, generated);
  for (const name of Object.keys(environment)) {
    if (name.startsWith(environmentPrefix) || name === foreignNames.redisUrl) Reflect.deleteProperty(environment, name);
  }
  return { config, readAgain: () => loadConfig(atStart, generated) };
}

type SoundPart = { readonly [Name in keyof Config]?: Config[Name] | undefined };

/** The settings that are valid on their own. Faults between settings are then reported together with the others. */
function soundPart(raw: Readonly<Record<string, unknown>>): SoundPart {
  const sound = Object.entries(settings.shape).filter(([name, schema]) => schema.safeParse(raw[name]).success);
  return settings.partial().parse(Object.fromEntries(sound.map(([name]) => [name, raw[name]])));
}

function fromFile(environment: Environment, faults: string[]): Record<string, unknown> {
  const path = environment[`${environmentPrefix}CONFIG`];
  if (path === undefined) return {};
  try {
    const content = z.record(z.string(), z.unknown()).parse(JSON.parse(textOf(path)));
    for (const key of Object.keys(content)) {
      if (!(key in settings.shape)) faults.push(`${path}: unknown setting "${key}"`);
    }
    return Object.fromEntries(Object.entries(content).filter(([key]) => key in settings.shape));
  } catch (error) {
    faults.push(`${environmentPrefix}CONFIG: ${path} ${unreadable(error)}`);
    return {};
  }
}

class NotSettings extends Error {}

/** Far more than all settings need. Without the limit, a device or a pipe would be read for ever. */
const largestFileBytes = 1024 * 1024;

function textOf(path: string): string {
  const file = statSync(path);
  if (file.isDirectory()) throw new NotSettings('cannot be read: it is a folder');
  if (!file.isFile()) throw new NotSettings('cannot be read: it is not a regular file');
  if (file.size > largestFileBytes) throw new NotSettings(`is larger than ${largestFileBytes} bytes`);
  // Editors on Windows begin a file with a byte order mark.
  return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
}

/** Messages of parsers quote the file, which holds secrets: report only the position. */
function unreadable(error: unknown): string {
  if (error instanceof NotSettings) return error.message;
  if (error instanceof z.ZodError) return 'must hold one JSON object';
  if (error instanceof SyntaxError) {
    const place = /line (\d+) column (\d+)/.exec(error.message) ?? [];
    return `is not valid JSON${place[1] === undefined ? '' : ` (line ${place[1]}, column ${place[2] ?? ''})`}`;
  }
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
  return `cannot be read: ${fileFaults[code] ?? code}`;
}

const fileFaults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
};

function fromEnvironment(environment: Environment, faults: string[]): Record<string, unknown> {
  const known = new Map(Object.keys(settings.shape).map((name) => [environmentName(name), name]));
  const inFiles = new Map(settingsInFiles.map((name) => [`${environmentName(name)}_FILE`, name]));
  const found: Record<string, unknown> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(environmentPrefix) || variable === `${environmentPrefix}CONFIG`) continue;
    const name = known.get(variable);
    if (name === undefined && !inFiles.has(variable)) faults.push(`${variable}: unknown setting`);
    else if (name !== undefined && value !== undefined && value !== '') found[name] = value;
  }
  for (const [variable, name] of inFiles) {
    const path = environment[variable] ?? '';
    if (path === '') continue;
    if (found[name] !== undefined) faults.push(`${variable}: ${environmentName(name)} is set, too: keep one of them`);
    else found[name] = secretFrom(path, variable, faults);
  }
  for (const [name, variable] of Object.entries(foreignNames)) {
    if (found[name] === undefined && environment[variable]) found[name] = environment[variable];
  }
  return found;
}

/** Without the line break at its end, which editors and tools add. */
function secretFrom(path: string, variable: string, faults: string[]): string | undefined {
  try {
    return textOf(path).replace(/\r?\n$/, '');
  } catch (error) {
    // Without what was given: it may be the secret itself, put here by mistake.
    faults.push(`${variable}: the file ${unreadable(error)}`);
    return undefined;
  }
}

function crossFaults(config: SoundPart): string[] {
  const { mode, httpHost, mediaFirstPort, mediaWorkers } = config;
  const faults = [...mediaAddressFaults(config), ...adminFaults(config)];
  if (mediaFirstPort !== undefined && mediaWorkers !== undefined && mediaFirstPort + mediaWorkers - 1 > 65535) {
    faults.push(`${environmentName('mediaFirstPort')}: too high: ${mediaWorkers} workers need one port each`);
  }
  faults.push(...pipeFaults(config), ...apiKeyFaults(config), ...secretFaults(config));
  if (config.turnUrls !== undefined && config.turnUrls.length > 0 && config.turnSecret === undefined) {
    faults.push(`${environmentName('turnSecret')}: must be set if ${environmentName('turnUrls')} is`);
  }
  if (mode === 'development' && httpHost !== undefined && isPublic(httpHost)) {
    faults.push(
      `${environmentName('httpHost')}: ${httpHost} is a public or wildcard address, but in development anybody can use the demo people`,
    );
  }
  const { webhookRetentionMs, webhookWaitsMs = [], longestCallMs = 0 } = config;
  if (webhookRetentionMs !== undefined && webhookRetentionMs <= 2 * Math.max(longestCallMs, ...webhookWaitsMs)) {
    faults.push(
      `${environmentName('webhookRetentionMs')}: must be more than twice ${environmentName('longestCallMs')} and any pause of ` +
        `${environmentName('webhookWaitsMs')}: otherwise messages expire while they wait`,
    );
  }
  return faults;
}

/** What would let strangers use the admin port. */
function adminFaults(config: SoundPart): string[] {
  const { httpPort, adminHost, adminKeyOnLoopback } = config;
  const faults = (['adminPort', 'workersAdminPort'] as const)
    .filter((name) => httpPort !== undefined && httpPort === config[name])
    .map((name) => `${environmentName(name)}: must differ from ${environmentName('httpPort')}`);
  const opening = keysIn(config).some(({ scopes }) => scopes.includes('admin') || scopes.includes('metrics'));
  const needed = `the admin port asks for an API key with the scope admin or metrics: add one to ${environmentName('apiKeys')}`;
  if (!opening && adminHost !== undefined && !isLoopback(adminHost)) {
    faults.push(`${environmentName('adminHost')}: ${adminHost} is not loopback, so ${needed}`);
  } else if (!opening && adminKeyOnLoopback === true) {
    faults.push(`${environmentName('adminKeyOnLoopback')}: ${needed}`);
  }
  return faults;
}

function apiKeyFaults({ apiKey, apiKeys = [] }: SoundPart): string[] {
  return apiKey !== undefined && apiKeys.some(({ name }) => name === nameOfSingleKey)
    ? [`${environmentName('apiKeys')}: the name ${nameOfSingleKey} belongs to the key in ${environmentName('apiKey')}`]
    : [];
}

function pipeFaults({ pipeAddress, pipeFirstPort = 0, pipeLastPort = 65_535 }: SoundPart): string[] {
  const faults: string[] = [];
  if (pipeAddress !== undefined && isWildcard(pipeAddress)) {
    faults.push(`${environmentName('pipeAddress')}: must not be a wildcard: other nodes cannot connect to it`);
  }
  if (pipeFirstPort > pipeLastPort) {
    faults.push(`${environmentName('pipeFirstPort')}: must not be above ${environmentName('pipeLastPort')}`);
  }
  return faults;
}

function mediaAddressFaults({ mediaListenAddresses: listen, mediaAnnouncedAddresses: announced }: SoundPart): string[] {
  const faults: string[] = [];
  const outside = listen?.find(isPublic);
  if (outside !== undefined && announced === undefined) {
    faults.push(
      `${environmentName('mediaListenAddresses')}: ${outside} is a public or wildcard address; ` +
        `set in ${environmentName('mediaAnnouncedAddresses')} the address for clients`,
    );
  }
  if (announced?.some(isWildcard)) {
    faults.push(`${environmentName('mediaAnnouncedAddresses')}: must not be a wildcard: clients cannot connect to it`);
  }
  if (announced !== undefined && (listen ?? [loopback]).length !== announced.length) {
    faults.push(
      `${environmentName('mediaAnnouncedAddresses')}: must have as many addresses as ${environmentName('mediaListenAddresses')}`,
    );
  }
  return faults;
}

const local = new BlockList();
local.addSubnet('127.0.0.0', 8, 'ipv4');
local.addSubnet('10.0.0.0', 8, 'ipv4');
local.addSubnet('172.16.0.0', 12, 'ipv4');
local.addSubnet('192.168.0.0', 16, 'ipv4');
local.addSubnet('169.254.0.0', 16, 'ipv4');
local.addAddress('::1', 'ipv6');
local.addSubnet('fc00::', 7, 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');

/** In any notation, such as `::0`. */
const wildcards = new BlockList();
wildcards.addAddress('0.0.0.0', 'ipv4');
wildcards.addAddress('::', 'ipv6');

function isWildcard(address: string): boolean {
  return wildcards.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function isPublic(address: string): boolean {
  return isWildcard(address) || !local.check(address, familyOf(address));
}
