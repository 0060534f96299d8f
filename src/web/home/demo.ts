/** The demo users of a server in development mode, and which of them this tab is. */
import * as z from 'zod';
import type { TokenSource } from '../../client/index.ts';

const person = z.object({ id: z.string(), name: z.string() });
export type Person = z.infer<typeof person>;
const people = z.object({ people: z.array(person) });
const issued = z.object({ token: z.string(), expiresAt: z.number() });

export async function fetchPeople(): Promise<readonly Person[]> {
  return people.parse(await json('/demo/people')).people;
}

/** A token is replaced this long before it expires. */
const freshForMs = 30_000;

/** A real app asks its own backend here. */
export function tokenOf(personId: string): TokenSource {
  let cached: z.infer<typeof issued> | undefined;
  return async ({ refused }) => {
    if (refused || cached === undefined || cached.expiresAt < Date.now() + freshForMs) {
      cached = issued.parse(await json(`/demo/people/${encodeURIComponent(personId)}/token`, { method: 'POST' }));
    }
    return cached.token;
  };
}

const personKey = 'veilcast.person';
const deviceKey = 'veilcast.device';

/** `?as=alice` chooses directly. Otherwise the last choice of this tab counts. */
export function rememberedPerson(): string | undefined {
  return new URLSearchParams(location.search).get('as') ?? sessionStorage.getItem(personKey) ?? undefined;
}

export function rememberPerson(personId: string): void {
  sessionStorage.setItem(personKey, personId);
}

export function forgetPerson(): void {
  sessionStorage.removeItem(personKey);
  // Otherwise the URL would choose the same person again.
  history.replaceState(null, '', location.pathname);
}

/** Kept over reloads of this tab, so that a call continues after one. */
export function thisDevice(): string {
  const known = sessionStorage.getItem(deviceKey);
  if (known !== null) return known;
  const made = `tab-${crypto.randomUUID()}`;
  sessionStorage.setItem(deviceKey, made);
  return made;
}

async function json(path: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(path, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}
