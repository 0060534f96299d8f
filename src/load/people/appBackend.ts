/** The app's backend: it makes the users of a run known, and erases them afterwards. */
import { maxAtOnce, problem, userToken } from '../../protocol/http/http.ts';
import { eachOf } from '../../support/eachOf.ts';

export interface AppBackendOptions {
  readonly url: string;
  readonly apiKey: string;
}

/** Requests that are open at once: before and after the run, so that they disturb nothing. */
const together = 8;
const answerWithinMs = 30_000;

export class AppBackend {
  readonly #options: AppBackendOptions;

  constructor(options: AppBackendOptions) {
    this.#options = options;
  }

  /** Each group knows everybody in it, as those must who call each other. */
  async makeKnown(groups: readonly (readonly string[])[]): Promise<void> {
    const users = groups.flat().map((id) => ({ id, name: id }));
    const changes = groups.flatMap((group) =>
      group.flatMap((from) =>
        group.filter((to) => to !== from).map((to) => ({ from, kind: 'wrote_to', to, holds: true })),
      ),
    );
    for (const some of chunks(users)) await this.#ask('POST', '/v1/users', { users: some });
    for (const some of chunks(changes)) await this.#ask('POST', '/v1/relations', { changes: some });
  }

  /** A user's token; with calling on for everybody they know. */
  async tokenOf(userId: string): Promise<string> {
    const { token } = userToken.parse(await this.#ask('POST', `/v1/users/${encodeURIComponent(userId)}/tokens`));
    return token;
  }

  /** Rejects once all were asked for, if some could not be erased. */
  async erase(userIds: readonly string[]): Promise<void> {
    const failures: unknown[] = [];
    await eachOf(userIds, together, async (userId) => {
      try {
        await this.#ask('DELETE', `/v1/users/${encodeURIComponent(userId)}`);
      } catch (error) {
        // Whoever was not made known yet need not be erased.
        if (!(error instanceof BackendRefusal && error.code === 'user_not_found')) failures.push(error);
      }
    });
    const [first] = failures;
    if (failures.length > 0) throw new NotErased(failures.length, userIds.length, { cause: first });
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const { url, apiKey } = this.#options;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const text = await response.text();
    if (!response.ok)
      throw new BackendRefusal(`${method} ${path} was refused: ${response.status} ${text}`, codeIn(text));
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    return answer;
  }
}

export class BackendRefusal extends Error {
  override readonly name = 'BackendRefusal';
  /** Undefined when something else than the server answered. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

/** Users of a run who are still there. */
export class NotErased extends Error {
  override readonly name = 'NotErased';

  constructor(count: number, of: number, options: { readonly cause: unknown }) {
    const { cause } = options;
    super(
      `${count} of ${of} users could not be erased: ${cause instanceof Error ? cause.message : String(cause)}`,
      options,
    );
  }
}

/** Of an answer of the server; what stands in between may answer in any form. */
function codeIn(text: string): string | undefined {
  try {
    return problem.pick({ code: true }).safeParse(JSON.parse(text)).data?.code;
  } catch {
    return undefined;
  }
}

function chunks<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / maxAtOnce) }, (_, index) =>
    all.slice(index * maxAtOnce, (index + 1) * maxAtOnce),
  );
}
