/** What networks do: silence ends soon, and nobody is told of one that there is not. */
import { watchBanners, watchSilence } from '../probes.ts';
import { settleMs } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';
import type { MediaStage } from '../stage.ts';
import { moving } from './moving.ts';

/** Longer nobody waits. */
const goneMs = 15_000;

function network(name: string, act: (stage: MediaStage) => Promise<unknown>): Scenario {
  return {
    name: `network: ${name}`,
    measures: ['backMs'],
    play: async (stage) => {
      await stage.call();
      const looks = await Promise.all([watchSilence(stage.page('alice')), watchSilence(stage.page('bob'))]);
      await stage.page('bob').waitForTimeout(1_000);
      await act(stage);
      const until = Date.now() + goneMs;
      await stage.page('bob').waitForTimeout(settleMs);
      const read = () => Promise.all(looks.map((look) => look()));
      while ((await read()).some(({ isOver }) => !isOver) && Date.now() < until)
        await stage.page('bob').waitForTimeout(200);
      const seen = await read();
      const back = seen.every(({ isOver }) => isOver);
      return { backMs: [back ? Math.max(...seen.map(({ longestMs }) => longestMs)) : goneMs] };
    },
  };
}

const lossyMs = 20_000;

/** Both hear and see on, and are told of no interruption. */
function lossy(name: string, percent: number): Scenario {
  return {
    name: `network: ${name}`,
    measures: ['backMs', 'banners'],
    play: async (stage) => {
      await stage.call();
      const pages = [stage.page('alice'), stage.page('bob')];
      const [looks, banners] = [await Promise.all(pages.map(watchSilence)), await Promise.all(pages.map(watchBanners))];
      await stage.packets.lose(percent);
      await stage.page('bob').waitForTimeout(lossyMs);
      const [seen, shown] = [
        await Promise.all(looks.map((look) => look())),
        await Promise.all(banners.map((count) => count())),
      ];
      return {
        backMs: seen.map(({ longestMs, isOver }) => (isOver ? longestMs : lossyMs)),
        banners: shown.reduce((sum, count) => sum + count, 0),
      };
    },
  };
}

/** As a change of address looks from outside: what was open carries nothing more. */
async function move(stage: MediaStage): Promise<void> {
  await stage.packets.kill();
  for (const name of ['alice', 'bob'] as const) stage.door(name).freeze();
}

export const networks: readonly Scenario[] = [
  ...[1, 2, 3].map((time) => network(`a change of address (${time})`, move)),
  network('two changes of address within four seconds', async (stage) => {
    await move(stage);
    await stage.page('bob').waitForTimeout(4_000);
    await move(stage);
  }),
  lossy('one packet of fifty is lost', 2),
  lossy('one packet of twenty is lost', 5),
  network('the page removes the frame of the SDK', (stage) =>
    stage.page('bob').evaluate(() => {
      for (const frame of document.querySelectorAll('iframe')) frame.remove();
    }),
  ),
  moving,
];
