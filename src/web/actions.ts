/** Who the user is, and their connection. */
import { VeilcastClient, isVeilcastError, whyNoCalls } from '../client/index.ts';
import { batch } from '@preact/signals';
import { followCall } from './call/calls.ts';
import { fetchPeople, forgetPerson, rememberPerson, rememberedPerson, thisDevice, tokenOf } from './home/demo.ts';
import type { Person } from './home/demo.ts';
import { loadHistory } from './home/history.ts';
import { refreshCallable } from './home/people.ts';
import { loadSettings } from './home/settings.ts';
import {
  callable,
  calls,
  client,
  closedBecause,
  connection,
  history,
  lastEnded,
  me,
  missed,
  people,
  settings,
} from './state.ts';
import { problemWords } from './words.ts';

export async function start(): Promise<void> {
  const missing = whyNoCalls();
  closedBecause.value = missing && problemWords(missing);
  if (missing !== undefined) return;
  try {
    people.value = await fetchPeople();
  } catch {
    closedBecause.value = 'The server cannot be reached.';
    return;
  }
  const remembered = people.value.find(({ id }) => id === rememberedPerson());
  if (remembered) await choosePerson(remembered);
}

export async function choosePerson(person: Person): Promise<void> {
  rememberPerson(person.id);
  batch(() => {
    me.value = person;
    closedBecause.value = undefined;
    connection.value = 'connecting';
  });
  try {
    const connected = await VeilcastClient.connect({
      url: location.origin,
      token: tokenOf(person.id),
      deviceId: thisDevice(),
    });
    follow(connected);
    await Promise.all([loadSettings(), refreshCallable(), loadHistory()]);
  } catch (error) {
    closedBecause.value = isVeilcastError(error) ? problemWords(error) : 'The server cannot be reached.';
  }
}

export function chooseAnother(): void {
  client.value?.close();
  forgetPerson();
  batch(() => {
    me.value = undefined;
    client.value = undefined;
    settings.value = undefined;
    closedBecause.value = undefined;
    callable.value = new Map();
    history.value = undefined;
    calls.value = [];
    lastEnded.value = undefined;
    missed.value = undefined;
  });
}

function follow(connected: VeilcastClient): void {
  client.value = connected;
  connection.value = connected.connection;
  connected.on('connection', (state) => {
    connection.value = state;
  });
  connected.on('closed', (why) => {
    if (client.value !== connected) return;
    closedBecause.value =
      why.code === 'replaced' ? 'Veilcast is open in another tab or window as the same person.' : problemWords(why);
  });
  connected.on('calls', () => {
    for (const call of connected.calls) followCall(call);
  });
  for (const call of connected.calls) followCall(call);
  // For the console and for measurements.
  Object.assign(globalThis, { veilcast: { client: connected } });
}
