/** How a reload is asked for: by SIGHUP, or by `POST /reload` of the admin port. */
import { ConfigError } from '../../../config/load.ts';
import { reloadBy } from '../../edge/admin/adminApp.ts';
import type { ReloadOutcome } from '../../edge/admin/adminApp.ts';
import { StoreRefusal } from '../../adapters/redis/schema/versions/storeRefusal.ts';
import type { Log } from '../../ports/system/log.ts';
import type { OperatorLog } from '../../ports/system/operatorLog.ts';
import type { LiveConfig } from './liveConfig.ts';

/** Throws only if something does not work, such as Redis: that is no fault of a setting. */
export async function reloaded(live: LiveConfig): Promise<ReloadOutcome> {
  try {
    return await live.reload();
  } catch (error) {
    if (error instanceof ConfigError) return { faults: error.faults };
    if (error instanceof StoreRefusal) return { faults: [error.message] };
    throw error;
  }
}

/**
 * Not in development: there a closed terminal, which sends SIGHUP, ends the program. Call it as soon as the process
 * has its configuration: without this, SIGHUP ends it.
 */
export function reloadOnSignal(live: LiveConfig, log: Log & OperatorLog): void {
  if (live.config.mode === 'development') return;
  process.on('SIGHUP', () => {
    reloadBy('signal', () => reloaded(live), log).then(
      (outcome) => {
        if ('faults' in outcome) log.error('the configuration was not reloaded', { reason: outcome.faults.join('; ') });
      },
      (error: unknown) => {
        log.error('the configuration was not reloaded', { error });
      },
    );
  });
}
