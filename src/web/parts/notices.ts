/** Shows errors, and events on other devices, in words. */
import { isVeilcastError } from '../../client/index.ts';
import type { VeilcastError } from '../../client/index.ts';
import { nameOf, notice } from '../state.ts';
import type { CallSnapshot } from '../state.ts';
import { endingWords, namesWords, problemWords } from '../words.ts';

/** Runs an action, and shows an error in words if it fails. */
export async function withNotice(action: () => Promise<unknown>): Promise<void> {
  notice.value = undefined;
  try {
    await action();
  } catch (error) {
    if (!isVeilcastError(error)) throw error;
    tell(error);
  }
}

export function tell(error: VeilcastError): void {
  notice.value = problemWords(error);
}

/** Says why a ringing call is gone: another device of this user has answered it. */
export function sayEnded({ ending, direction, others }: CallSnapshot): void {
  if (ending === undefined) return;
  notice.value = endingWords({ ending, direction, others: namesWords(others.map(({ userId }) => nameOf(userId))) });
}
