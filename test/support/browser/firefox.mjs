#!/usr/bin/env node
// @ts-check
/**
 * Starts Debian's Firefox for Playwright, which drives it over WebDriver BiDi, and stands between both: Playwright resets the
 * colour scheme of every new context by a command that this Firefox does not know. To reset what was never set is nothing to
 * do; every other command continues as it is.
 *
 * With VEILCAST_TEST_NETWORK it runs in the network namespace of that name, and is driven from outside through a socket in the
 * file system, which is the same in every namespace.
 */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';
import { firefoxPath } from '../../../deploy/setup/firefox.mjs';

const network = process.env['VEILCAST_TEST_NETWORK'];
const way = join(tmpdir(), `veilcast-firefox-${process.pid}.sock`);

const [program = '', ...args] = inNetwork([firefoxPath, ...process.argv.slice(2)]);
const firefox = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe'] });
firefox.on('exit', (code) => void rm(way, { force: true }).finally(() => process.exit(code ?? 1)));
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) process.on(signal, () => firefox.kill(signal));

// A driver that is killed cannot close what it opened, and Firefox would continue with its calls.
const driver = process.ppid;
setInterval(() => process.ppid === driver || firefox.kill(), 1_000).unref();

/** @param {string[]} command */
function inNetwork(command) {
  return network === undefined ? command : ['ip', 'netns', 'exec', network, ...command];
}

createInterface({ input: firefox.stderr }).on('line', (line) => {
  const [, address] = /^WebDriver BiDi listening on (ws:\/\/\S+)$/.exec(line) ?? [];
  if (address === undefined) process.stderr.write(`${line}\n`);
  else if (network === undefined) listen(`${address}/session`);
  else openWay(new URL(address).port);
});

/** @param {string} port of Firefox, in its network */
function openWay(port) {
  const script = fileURLToPath(new URL('./unixToTcp.mjs', import.meta.url));
  const [node = '', ...rest] = inNetwork([process.execPath, script, way, port]);
  const relay = spawn(node, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  relay.stdout.once('data', () => listen(`ws+unix:${way}:/session`));
  process.once('exit', () => relay.kill());
}

/** @param {string} session where Firefox is driven */
function listen(session) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (driver) => connect(driver, session));
  server.on('listening', () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    process.stderr.write(`WebDriver BiDi listening on ws://127.0.0.1:${port}\n`);
  });
}

/**
 * @param {WebSocket} driver
 * @param {string} session
 */
function connect(driver, session) {
  const browser = new WebSocket(session, { perMessageDeflate: false, maxPayload: 0 });
  const isOpen = new Promise((resolve) => browser.once('open', resolve));
  browser.on('message', (message) => driver.send(String(message)));
  browser.on('close', () => driver.close());
  driver.on('close', () => browser.close());
  driver.on('message', async (message) => {
    const text = String(message);
    const { id, method, params } = JSON.parse(text);
    if (
      method === 'emulation.setMediaFeaturesOverride' &&
      Object.values(params.features).every((one) => one === null)
    ) {
      driver.send(JSON.stringify({ type: 'success', id, result: {} }));
      return;
    }
    await isOpen;
    browser.send(text);
  });
}
