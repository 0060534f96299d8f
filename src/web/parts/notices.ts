/** What went wrong, or happened elsewhere, told to the user in words. */
import { isVeilcastError } from '../../client/index.ts';
import type { VeilcastError } from '../../client/index.ts';
import { nameOf, notice } from '../state.ts';
import type { CallSnapshot } from '../state.ts';
import { endingWords, namesWords, problemWords } from '../words.ts';

/** Runs it, and tells the user in words when it fails. */
export async function told(action: () => Promise<unknown>): Promise<void> {
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

/** Why a ringing call is gone that another device of this user has taken. */
export function sayEnded({ ending, direction, others }: CallSnapshot): void {
  if (ending === undefined) return;
  notice.value = endingWords({ ending, direction, others: namesWords(others.map(({ userId }) => nameOf(userId))) });
}
