import type { CallId, Instant, UserId } from '../../domain/kernel/ids.ts';
import { erased } from '../../domain/call/record.ts';
import type { CallRecord } from '../../domain/call/record.ts';
import type { CallRecords, HistoryPlace } from '../../ports/call/callRecords.ts';
import type { UserDirectory } from '../../ports/people/userDirectory.ts';

export class MemoryCallRecords implements CallRecords {
  readonly #users: Pick<UserDirectory, 'get'>;
  readonly #records = new Map<CallId, CallRecord>();
  readonly #seen = new Map<UserId, Instant>();

  constructor({ users }: { users: Pick<UserDirectory, 'get'> }) {
    this.#users = users;
  }

  async keep(record: CallRecord): Promise<void> {
    let kept = record;
    for (const { userId } of record.participants) {
      if (userId !== null && (await this.#users.get(userId)) === undefined) kept = erased(kept, userId);
    }
    if (!this.#records.has(record.callId)) this.#records.set(record.callId, kept);
  }

  of(userId: UserId, { after, limit }: { after?: HistoryPlace; limit: number }): Promise<readonly CallRecord[]> {
    const theirs = [...this.#records.values()].filter(({ participants }) =>
      participants.some((one) => one.userId === userId),
    );
    const sorted = theirs.sort((one, other) => (isOlder(one, other) ? 1 : -1));
    const behind = after === undefined ? sorted : sorted.filter((one) => isOlder(one, after));
    return Promise.resolve(structuredClone(behind.slice(0, limit)));
  }

  seenUpTo(userId: UserId): Promise<Instant> {
    return Promise.resolve(this.#seen.get(userId) ?? 0);
  }

  see(userId: UserId, upTo: Instant): Promise<void> {
    this.#seen.set(userId, Math.max(upTo, this.#seen.get(userId) ?? 0));
    return Promise.resolve();
  }

  erase(userId: UserId): Promise<void> {
    for (const [callId, record] of this.#records) this.#records.set(callId, erased(record, userId));
    this.#seen.delete(userId);
    return Promise.resolve();
  }

  deleteBefore(instant: Instant, most: number): Promise<number> {
    const old = [...this.#records.values()].filter(({ endedAt }) => endedAt < instant).slice(0, most);
    for (const { callId } of old) this.#records.delete(callId);
    return Promise.resolve(old.length);
  }
}

function isOlder(one: HistoryPlace, other: HistoryPlace): boolean {
  return one.endedAt === other.endedAt ? one.callId < other.callId : one.endedAt < other.endedAt;
}
