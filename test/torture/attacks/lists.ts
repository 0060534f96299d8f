/** Thousands of users, relations and events, and then the lists of them, page by page. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { request } from '../../support/participant/person.ts';
import type { ServerProcess } from '../../support/processes/serverProcess.ts';
import type { Device } from '../../chaos/clients/device.ts';
import type { Torment } from '../torment.ts';

const users = 12_000;
const relations = 4_000;
const bulk = 500;
/** More pages than that nobody turns here. */
const maxPages = 300;
const toggles = 40;
const maxAttempts = 10;
const againAfterMs = 500;
const page = z.looseObject({ next: z.string().nullish() });

export async function fill({ stage, scale }: Torment): Promise<void> {
  const [node] = stage.nodes.values();
  if (node === undefined) throw new Error('no node runs');
  const count = Math.max(bulk, Math.round(users * Math.min(1, scale * 2)));
  for (let at = 0; at < count; at += bulk) {
    const some = Array.from({ length: bulk }, (_, index) => `crowd${String(at + index).padStart(6, '0')}`);
    await post(node, '/v1/users', { users: some.map((id) => ({ id, name: id })) });
    if (at >= relations) continue;
    await post(node, '/v1/relations', {
      changes: some.map((from) => ({ from, kind: 'wrote_to', to: 'p00000', holds: true })),
    });
  }
}

/** As a backend does it: what could not be served now is sent again. */
async function post({ url, apiKey }: ServerProcess, path: string, body: unknown): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await request(`${url}${path}`, { method: 'POST', credential: apiKey, body });
    if (answer.status < 300) return;
    if (answer.status !== 503 || attempt === maxAttempts) {
      throw new Error(`${path} was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    await delay(againAfterMs);
  }
}

const paths = ['/v1/users', '/v1/calls', '/v1/users/p00000/relations/wrote_to', '/v1/webhook-endpoints'] as const;

/** Each list from its first page to its last. */
export async function readLists(torment: Torment): Promise<void> {
  const { stage, dice, tried, found } = torment;
  const { url, apiKey } = dice.oneOf([...stage.nodes.values()]);
  for (const path of paths) {
    let next: string | undefined = path;
    for (let pages = 0; next !== undefined && pages < maxPages; pages += 1) {
      const response: Response = await fetch(`${url}${next}`, { headers: { authorization: `Bearer ${apiKey}` } });
      const text = await response.text();
      if (response.status !== 200) {
        found.push({ rule: 'wrong answer', what: `${path}, page ${pages + 1}, was answered ${response.status}` });
        break;
      }
      tried.listed += 1;
      next = nextOf(response.headers.get('link'), page.parse(JSON.parse(text)).next ?? undefined, path);
    }
  }
}

/** By RFC 8288, or as the page says it. */
export function nextOf(link: string | null, next: string | undefined, path: string): string | undefined {
  const [, linked] = /<([^>]+)>\s*;[^,]*rel="?next"?/.exec(link ?? '') ?? [];
  if (linked !== undefined) {
    const { pathname, search } = new URL(linked, 'http://here');
    return pathname + search;
  }
  return next === undefined ? undefined : `${path}?after=${encodeURIComponent(next)}`;
}

/** A call that makes many events, and is asked for all of them. */
export async function makeEvents({ found }: Torment, device: Device, callId: string): Promise<void> {
  for (let count = 0; count < toggles; count += 1) {
    try {
      await device.hold(callId, count % 2 === 0);
    } catch (error) {
      // A bound on what makes events is wanted, and a full store refuses what may wait.
      if (/too_many|overloaded|busy|call_ended|not_joined|unavailable/.test(String(error))) break;
      throw error;
    }
  }
  const events = await device.eventsAfter(callId, 0).catch((error: unknown) => String(error));
  if (typeof events === 'string' && !/too_many|unavailable|call_/.test(events)) {
    found.push({ rule: 'wrong answer', what: `the events of ${callId}: ${events}` });
  }
}
