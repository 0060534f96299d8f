/** Users of Redis as docs/redis.md tells operators to make them. */
import { readFileSync } from 'node:fs';

/** The line of a configuration file, with this password. Throws when the page has no such user. */
export function documentedUser(name: string, password: string): string {
  const line = new RegExp(`^user ${name} on >password .*$`, 'm').exec(readFileSync('docs/redis.md', 'utf8'))?.[0];
  if (line === undefined) throw new Error(`docs/redis.md has no user ${name}`);
  return line.replace('>password', `>${password}`);
}
