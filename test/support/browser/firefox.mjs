#!/usr/bin/env node
// @ts-check
/**
 * Starts Debian's Firefox for Playwright, which drives it over WebDriver BiDi, and stands between both: Playwright resets the
 * colour scheme of every new context by a command that this Firefox does not know. To reset what was never set is nothing to
 * do; every other command goes on as it is.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { WebSocket, WebSocketServer } from 'ws';
import { firefoxPath } from '../../../deploy/setup/firefox.mjs';

const firefox = spawn(firefoxPath, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'pipe'] });
firefox.on('exit', (code) => process.exit(code ?? 1));
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) process.on(signal, () => firefox.kill(signal));

createInterface({ input: firefox.stderr }).on('line', (line) => {
  const [, address] = /^WebDriver BiDi listening on (ws:\/\/\S+)$/.exec(line) ?? [];
  if (address === undefined) process.stderr.write(`${line}\n`);
  else listen(`${address}/session`);
});

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
