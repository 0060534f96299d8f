/** Runs in a page: the SDK, for tests that call it as an app does. */
import { VeilcastClient, isVeilcastError } from '../../src/client/index.ts';
import type { ConnectOptions } from '../../src/client/index.ts';
import { tokenOf } from '../../src/web/home/demo.ts';

const options: ConnectOptions = { url: location.origin, token: tokenOf('carol') };

/** The code it rejects with and the fields that are named, or `done`. */
async function outcome(work: Promise<unknown>): Promise<readonly string[]> {
  try {
    await work;
    return ['done'];
  } catch (error) {
    return isVeilcastError(error) ? [error.code, ...error.issues.map(({ path }) => path)] : [String(error)];
  }
}

export const sdk = {
  connect: (more: Partial<ConnectOptions>) => VeilcastClient.connect({ ...options, ...more }),
  outcome,
};

declare global {
  interface Window {
    sdk: typeof sdk;
  }
}
window.sdk = sdk;
