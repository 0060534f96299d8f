/** What the command line says, and what it refuses. */
import { describe, expect, test } from '@jest/globals';
import { asked, isOwnAddress } from '../../../src/load/options.ts';
import { builtInScenarios } from '../../../src/load/plan/builtInScenarios.ts';
import { scenario } from '../../../src/load/plan/scenario.ts';

const environment = { VEILCAST_API_KEY: 'key' };
const here = ['--url', 'http://127.0.0.1:4400'];
const refusal = async (args: readonly string[], env: NodeJS.ProcessEnv = environment): Promise<string> =>
  asked(args, env).then(
    () => '',
    (error: unknown) => String(error),
  );

describe('the command line', () => {
  test('names a scenario and changes it', async () => {
    const wanted = await asked(
      [...here, '--rate', '7', '--seconds', '9', '--seed', '3', '--watch', 'node=12'],
      environment,
    );
    if (wanted.what !== 'run') throw new Error(wanted.what);
    const { scenario: wantedScenario, seed, watched, url } = wanted.options;
    expect({
      name: wantedScenario.name,
      rate: wantedScenario.rate,
      seconds: wantedScenario.seconds,
      seed,
      url,
    }).toEqual({
      name: 'storm',
      rate: 7,
      seconds: 9,
      seed: 3,
      url: 'http://127.0.0.1:4400',
    });
    expect([...watched]).toEqual([['node', 12]]);
  });
  test.each([
    [['--url', 'http://203.0.113.9:4400'], 'is not loopback'],
    [['--url', 'http://127.0.0.1.example.com'], 'is not loopback'],
    [['--url', 'file:///etc'], 'is no address'],
    [[], 'Name the server'],
    [[...here, '--rate', '0'], 'rate'],
    [[...here, '--rate', '1000', '--seconds', '86400'], 'at most 200000 calls'],
    [[...here, '--threshold', 'fast'], 'is no threshold'],
    [[...here, '--scenario', 'no-such'], 'neither a scenario'],
    [[...here, '--watch', 'node'], 'NAME=PID'],
    [[...here, '--no-such'], '--help'],
    [['attack'], 'not understood'],
  ])('%j is refused: %s', async (args, words) => {
    expect(await refusal(args)).toContain(words);
  });
  test('asks for the API key', async () => {
    expect(await refusal(here, {})).toContain('VEILCAST_API_KEY');
  });
});

test.each(builtInScenarios.map((file) => ({ name: file.name, file })))('the scenario $name is whole', ({ file }) => {
  expect(scenario.parse(file).thresholds).not.toHaveLength(0);
});

test('media goes to addresses of this machine alone', () => {
  expect(isOwnAddress('127.0.0.1')).toBe(true);
  expect(isOwnAddress('203.0.113.9')).toBe(false);
});
