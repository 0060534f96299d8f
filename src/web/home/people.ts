/** The people that the user may call. */
import type { Callable } from '../../client/index.ts';
import { callable, client, groupCallable, otherPeople } from '../state.ts';

/** There is no notification when others change their settings, so the page asks again while it is visible. */
export async function refreshCallable(): Promise<void> {
  const known = await ask(false);
  if (known !== undefined) callable.value = known;
}

/** The same for adding them to a call of more than two. */
export async function refreshGroupCallable(): Promise<void> {
  const known = await ask(true);
  if (known !== undefined) groupCallable.value = known;
}

/** Undefined if the answer cannot be had now. The old one stays. */
async function ask(group: boolean): Promise<ReadonlyMap<string, Callable> | undefined> {
  const asked = client.value;
  const ids = otherPeople.value.map(({ id }) => id);
  if (asked === undefined || ids.length === 0) return undefined;
  const answers = await asked.callables(ids, { group }).catch(() => undefined);
  if (answers === undefined || client.value !== asked) return undefined;
  return new Map(answers.map((answer) => [answer.userId, answer]));
}
