// @ts-check
import { ensurePackages, disableAtBoot } from './debian.mjs';
import { succeeds } from './command.mjs';

/**
 * Makes sure that there is a redis-server to start. The package's own daemon stays off.
 * @param {{ log: import('../run/reporter.mjs').Reporter }} options
 */
export async function ensureRedisServer({ log }) {
  if (await succeeds('redis-server', ['--version'])) return;
  await ensurePackages({ packages: ['redis-server'], purpose: 'the private Redis', log });
  await disableAtBoot('redis-server');
}
