/** A built server over a Redis of its own for the tests of one file, and people who use it. */
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { cleanUpParticipants } from '../participant.ts';
import { Person } from '../participant/person.ts';
import { TestRedis } from '../redis/redis.ts';
import { startServerProcess } from './serverProcess.ts';
import type { ServerProcess, ServerProcessOptions } from './serverProcess.ts';

/** There from the first test on, until the last has ended. */
export interface ServerOfSuite {
  readonly redis: TestRedis;
  readonly server: ServerProcess;
  /** A person with one device, for one test. */
  readonly person: (name: string) => Promise<Person>;
  readonly persons: (...names: readonly string[]) => Promise<readonly Person[]>;
}

/** To be called once, at the top of the file. */
export function useServer(environment: NonNullable<ServerProcessOptions['environment']> = {}): ServerOfSuite {
  let opened: { readonly redis: TestRedis; readonly server: ServerProcess } | undefined;
  let people: Person[] = [];
  beforeAll(async () => {
    const redis = await TestRedis.start();
    opened = { redis, server: await startServerProcess({ redisUrl: redis.url, environment }) };
  });
  afterEach(async () => {
    await Promise.all(people.map((one) => one.close()));
    people = [];
  });
  afterAll(async () => {
    cleanUpParticipants();
    await opened?.server.stop();
    await opened?.redis.stop();
  });
  const started = () => {
    if (opened === undefined) throw new Error('the server of this file is there while its tests run');
    return opened;
  };
  const person = async (name: string): Promise<Person> => {
    const made = await Person.create(started().server, name);
    people.push(made);
    return made;
  };
  return {
    get redis() {
      return started().redis;
    },
    get server() {
      return started().server;
    },
    person,
    persons: async (...names) => {
      const made: Person[] = [];
      for (const name of names) made.push(await person(name));
      return made;
    },
  };
}
