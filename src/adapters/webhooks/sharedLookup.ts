/**
 * Look-ups of names, one at a time for each name: the system's look-up blocks one of few threads until the name server
 * answers, so an unanswered name must not take them all.
 */
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

type Answered = Parameters<LookupFunction>[2];

export function sharedLookup(lookup: LookupFunction = systemLookup): LookupFunction {
  const waiting = new Map<string, Answered[]>();
  return (hostname, options, answered) => {
    const question = JSON.stringify([hostname, options]);
    const others = waiting.get(question);
    if (others !== undefined) {
      others.push(answered);
      return;
    }
    waiting.set(question, [answered]);
    lookup(hostname, options, (error, address, family) => {
      const asked = waiting.get(question) ?? [];
      waiting.delete(question);
      for (const one of asked) one(error, address, family);
    });
  };
}
