import { VeilcastError } from '../../../../src/client/support/errors.ts';
import { unlessAborted } from '../../../../src/client/support/abortable.ts';

test('work that finishes in time gives its result', async () => {
  const { signal } = new AbortController();
  expect(await unlessAborted({ signal }, () => Promise.resolve(1))).toBe(1);
  expect(await unlessAborted({}, () => Promise.resolve(2))).toBe(2);
});

test('nothing starts after the abort', async () => {
  let began = false;
  const work = () => {
    began = true;
    return Promise.resolve();
  };
  await expect(unlessAborted({ signal: AbortSignal.abort() }, work)).rejects.toMatchObject({ code: 'aborted' });
  expect(began).toBe(false);
});

test('an abort ends the wait at once, and a late result is undone', async () => {
  const giveUp = new AbortController();
  const undone: string[] = [];
  let finish: (result: string) => void = () => undefined;
  const waiting = unlessAborted(
    giveUp,
    () => new Promise<string>((resolve) => (finish = resolve)),
    (late) => undone.push(late),
  );
  giveUp.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  expect(undone).toEqual([]);
  finish('a call');
  await Promise.resolve();
  await Promise.resolve();
  expect(undone).toEqual(['a call']);
});

test('a failure of the work is passed on unchanged', async () => {
  const { signal } = new AbortController();
  const refused = () => Promise.reject(new VeilcastError('call_full'));
  await expect(unlessAborted({ signal }, refused)).rejects.toMatchObject({ code: 'call_full' });
});
