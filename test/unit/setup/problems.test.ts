import { gatheringMissingPackages, MissingPackages } from '../../../deploy/run/problem.mjs';

test('all missing packages are listed in one command', async () => {
  const done: string[] = [];
  const everything = gatheringMissingPackages([
    () => Promise.reject(new MissingPackages(['meson', 'g++'], ['the worker'])),
    () => Promise.resolve(done.push('redis')),
    () => Promise.reject(new MissingPackages(['chromium', 'g++'], ['the tests'])),
  ]);
  await expect(everything).rejects.toThrow(
    'Debian packages are missing (for the worker, the tests). Install them with this command, then start again:\n' +
      '  sudo apt-get install --no-install-recommends meson g++ chromium',
  );
  expect(done).toEqual(['redis']);
});

test('any other problem stops at once', async () => {
  const done: string[] = [];
  const everything = gatheringMissingPackages([
    () => Promise.reject(new Error('no disk')),
    () => Promise.resolve(done.push('redis')),
  ]);
  await expect(everything).rejects.toThrow('no disk');
  expect(done).toEqual([]);
});
