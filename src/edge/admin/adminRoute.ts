/** One request of the admin port. */
import type { Response } from 'express';
import type { Scope } from '../apiKeys.ts';

export interface AdminRoute {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: `/${string}`;
  /** An API key needs one of them. `anybody` needs no credential: orchestrators probe without one. */
  readonly scopes: readonly Scope[] | 'anybody';
  /** `by` is the name of who asks, for the audit log. */
  readonly answer: (response: Response, by: string, body: unknown) => Promise<void> | void;
}
