/** Safari's engine as Debian builds it, over plain WebDriver (https://www.w3.org/TR/webdriver2/), on a screen of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { webkitDriverPath } from '../../../deploy/setup/webkit.mjs';
import { killWithUs } from '../processes/killWithUs.ts';
import { freePorts } from '../processes/ports.ts';
import { waitFor } from '../waitFor.ts';

const answered = z.object({ value: z.unknown() });
const failed = z.object({ value: z.object({ error: z.string(), message: z.string() }) });
const opened = z.object({ sessionId: z.string() });
/** WebDriver §12.1: the name that an element has in JSON. */
const element = z.object({ 'element-6066-11e4-a52e-4f735466cecf': z.string() });

export class Webkit {
  readonly #children: readonly ChildProcess[];
  readonly #session: string;

  private constructor(children: readonly ChildProcess[], session: string) {
    this.#children = children;
    this.#session = session;
  }

  static async launch(): Promise<Webkit> {
    const [port = 0] = await freePorts(1);
    const screen = start('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp']);
    const display = await displayOf(screen);
    const driver = start(webkitDriverPath, [`--port=${port}`], { ...process.env, DISPLAY: `:${display}` });
    const url = `http://127.0.0.1:${port}`;
    await waitFor('the driver of WebKit', () =>
      fetch(`${url}/status`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    const browser = { binary: await browserPath(), args: ['--automation'] };
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': browser } };
    const { sessionId } = opened.parse(await ask(`${url}/session`, { capabilities }));
    return new Webkit([driver, screen], `${url}/session/${sessionId}`);
  }

  async goto(url: string): Promise<void> {
    await ask(`${this.#session}/url`, { url });
  }

  /** The body of a function; what it returns, or what its promise resolves to. */
  run(script: string): Promise<unknown> {
    const body = `const done = arguments[arguments.length - 1]; (async () => {${script}})().then(done, (error) => done(String(error)));`;
    return ask(`${this.#session}/execute/async`, { script: body, args: [] });
  }

  async resize(width: number, height: number): Promise<void> {
    await ask(`${this.#session}/window/rect`, { width, height });
  }

  /** As a person does: what is hidden or covered cannot be clicked on. */
  async click(selector: string): Promise<void> {
    await waitFor(`a click on ${selector}`, async () => {
      try {
        const found = element.parse(await ask(`${this.#session}/element`, { using: 'css selector', value: selector }));
        await ask(`${this.#session}/element/${found['element-6066-11e4-a52e-4f735466cecf']}/click`, {});
        return true;
      } catch {
        return false;
      }
    });
  }

  async close(): Promise<void> {
    await fetch(this.#session, { method: 'DELETE' }).catch(() => undefined);
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.ref();
      child.kill('SIGTERM');
      await ended;
    }
  }
}

function start(program: string, args: readonly string[], env = process.env): ChildProcess {
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  killWithUs(child);
  return child;
}

/** Xvfb takes a number that is free and writes it here. */
async function displayOf(screen: ChildProcess): Promise<string> {
  const told = screen.stdio[3];
  if (told === undefined || told === null || !('on' in told) || !('read' in told)) throw new Error('no pipe to Xvfb');
  for await (const line of createInterface({ input: told })) return line.trim();
  throw new Error('Xvfb ended without a display');
}

const libraries = '/usr/lib';

/** In the folder of the machine's architecture. */
async function browserPath(): Promise<string> {
  const folders = await readdir(libraries);
  const paths = folders.map((folder) => join(libraries, folder, 'webkit2gtk-4.1', 'MiniBrowser'));
  const path = paths.find((one) => existsSync(one));
  if (path === undefined) throw new Error('there is no MiniBrowser of WebKitGTK 4.1');
  return path;
}

async function ask(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const text: unknown = await response.json();
  if (!response.ok) {
    const { error, message } = failed.parse(text).value;
    throw new Error(`${error}: ${message}`);
  }
  return answered.parse(text).value;
}
