import { leaveDevice, takeDevice } from '../../../../src/client/connection/liveClients.ts';

interface Tried {
  readonly closedBy: string[];
  readonly greetingEnds: () => void;
  readonly mayGreet: Promise<void>;
}

function take(place: string): Tried {
  const closedBy: string[] = [];
  let greetingEnds: () => void = () => undefined;
  const greeting = new Promise<void>((resolve) => {
    greetingEnds = resolve;
  });
  const mayGreet = takeDevice(place, {
    close: ({ code }) => {
      closedBy.push(code);
      leaveDevice(place);
    },
    helloDone: () => greeting,
  });
  return { closedBy, greetingEnds, mayGreet };
}

async function isSettled(work: Promise<void>): Promise<boolean> {
  let settled = false;
  void work.then(() => {
    settled = true;
  });
  // All that is ready to continue has continued then.
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test('the newer client of a device continues, and says hello when the older one has finished', async () => {
  const older = take('one');
  expect(await isSettled(older.mayGreet)).toBe(true);
  const newer = take('one');
  expect(older.closedBy).toEqual(['replaced']);
  expect(await isSettled(newer.mayGreet)).toBe(false);
  older.greetingEnds();
  expect(await isSettled(newer.mayGreet)).toBe(true);
  expect(newer.closedBy).toEqual([]);
});

test('a third client also waits for the first, whose hello outlives it', async () => {
  const first = take('three');
  const second = take('three');
  const third = take('three');
  expect([first.closedBy, second.closedBy, third.closedBy]).toEqual([['replaced'], ['replaced'], []]);
  second.greetingEnds();
  expect(await isSettled(third.mayGreet)).toBe(false);
  first.greetingEnds();
  expect(await isSettled(third.mayGreet)).toBe(true);
});

test('clients of two devices are independent', async () => {
  const one = take('left');
  const other = take('right');
  expect(await isSettled(other.mayGreet)).toBe(true);
  expect(one.closedBy).toEqual([]);
});
