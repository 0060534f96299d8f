/** What was closed before a reload is closed after it. */
import { waitFor } from '../../../support/waitFor.ts';
import { openDevices } from '../probes.ts';
import { settleMs } from '../scenario.ts';
import type { Scenario } from '../scenario.ts';
import type { MediaStage } from '../stage.ts';

function reload(name: string, before: (stage: MediaStage) => Promise<unknown>, answer?: 'accept-audio'): Scenario {
  return {
    name: `reload: ${name}`,
    measures: ['opened', 'reopened'],
    play: async (stage) => {
      await stage.call(answer);
      await before(stage);
      const page = stage.page('bob');
      await page.waitForTimeout(1_000);
      const open = await openDevices(page);
      await page.reload();
      await waitFor('the call that is taken up', () => page.getByTestId('tile-alice').first().isVisible());
      await page.waitForTimeout(settleMs);
      const now = await openDevices(page);
      return { opened: open.length, reopened: now.filter((kind) => !open.includes(kind)).length };
    },
  };
}

export const reloads: readonly Scenario[] = [
  reload('all is on', () => Promise.resolve()),
  reload('the microphone is off', (stage) => stage.click('bob', 'toggle-mic')),
  reload('the camera is off', (stage) => stage.click('bob', 'toggle-camera')),
  reload('answered without a camera', () => Promise.resolve(), 'accept-audio'),
  reload('on hold', (stage) => stage.onCall('bob', (call) => call.hold())),
  reload('muted by the host', (stage) => stage.onCall('alice', (call) => call.mute('bob'))),
];
