import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { takeConfig } from '../../../config/load.ts';
import { LiveConfig } from '../../../src/compose/process/liveConfig.ts';
import { reloadOnSignal } from '../../../src/compose/process/reloading.ts';
import { CallError } from '../../../src/domain/kernel/errors.ts';
import { waitFor } from '../../support/waitFor.ts';
import { worldOf } from '../edge/server.ts';

afterEach(() => {
  process.removeAllListeners('SIGHUP');
});

test('SIGHUP is in the audit log, whether the reload changes something, is refused or fails', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'veilcast-reload-')), 'config.json');
  writeFileSync(file, '{}');
  const { log, acts, logged } = worldOf();
  const live = new LiveConfig(
    takeConfig({
      VEILCAST_CONFIG: file,
      VEILCAST_REDIS_URL: 'redis://127.0.0.1:6379',
      VEILCAST_API_KEY: 'kP7-an-api-key-that-is-long-enough',
      VEILCAST_TOKEN_SECRET: 'Zq4-a-token-secret-that-is-long-enough-indeed',
    }),
  );
  let isAway = false;
  live.onReload(() => {
    if (isAway) throw new CallError('unavailable');
  });
  reloadOnSignal(live, log);
  const hangUp = async (text: string): Promise<void> => {
    const before = acts.length;
    writeFileSync(file, text);
    process.emit('SIGHUP');
    await waitFor('the reload to be over', () => acts.length > before);
  };
  await hangUp('{"logLevel":"warn"}');
  await hangUp('{"logLevel":"loud","turnTtlMs":"long"}');
  isAway = true;
  await hangUp('{"logLevel":"error"}');
  expect(acts).toEqual([
    { by: 'signal', act: 'reload', detail: 'changed: VEILCAST_LOG_LEVEL; needs a restart: nothing' },
    { by: 'signal', act: 'reload', detail: 'refused: nothing changed; faults: 2' },
    { by: 'signal', act: 'reload', detail: 'failed: nothing changed' },
  ]);
  await waitFor('both failures to be logged', () => logged.length === 2);
});
