import { describe, expect, test } from '@jest/globals';
import { createAsk } from '../../../../src/adapters/mediasoup/workers/workerRequests.ts';
import { PauseState } from '../../../../src/adapters/mediasoup/workers/pauseState.ts';

function target(answer: () => Promise<void> = () => Promise.resolve()) {
  const asked: string[] = [];
  const act = (what: string) => () => {
    asked.push(what);
    return answer();
  };
  return { asked, closed: false, pause: act('pause'), resume: act('resume') };
}

describe('a pause state', () => {
  test('sends a request only on a change, without waiting for the previous answer', () => {
    const producer = target(() => new Promise(() => undefined));
    const pauseState = new PauseState({ target: producer, open: false, ask: (request) => request });
    for (const open of [false, true, true, false]) void pauseState.set(open);
    expect(producer.asked).toEqual(['resume', 'pause']);
  });
  test('repeats a failed request', async () => {
    let fails = true;
    const producer = target(() => (fails ? Promise.reject(new Error('no')) : Promise.resolve()));
    const pauseState = new PauseState({ target: producer, open: false, ask: createAsk(1_000) });
    await expect(pauseState.set(true)).rejects.toMatchObject({ code: 'unavailable' });
    fails = false;
    await pauseState.set(true);
    expect(producer.asked).toEqual(['resume', 'resume']);
  });
  test('logs nothing about closed objects', async () => {
    const producer = target(() => Promise.reject(new Error('gone')));
    const pauseState = new PauseState({ target: producer, open: false, ask: createAsk(1_000) });
    const setting = pauseState.set(true);
    producer.closed = true;
    await setting;
    await pauseState.set(false);
    expect(producer.asked).toEqual(['resume']);
  });
});

describe('a request to a worker', () => {
  test('has a time limit, and its late result is undone', async () => {
    let answer: (value: string) => void = () => undefined;
    const late: string[] = [];
    const request = new Promise<string>((resolve) => (answer = resolve));
    await expect(createAsk(5)(request, { undo: (value) => late.push(value) })).rejects.toMatchObject({
      code: 'overloaded',
    });
    answer('router');
    await request;
    await Promise.resolve();
    expect(late).toEqual(['router']);
  });
});
