import type { Instant } from '../../domain/kernel/ids.ts';
import type { StopListening } from '../call/callFeed.ts';

/** While it lasts, no node takes a new call. */
export interface Maintenance {
  /** For the people who try to call. */
  readonly text: string;
  readonly since: Instant;
  /** The name of who began it, as in the audit log. */
  readonly by: string;
}

/** Shared by all nodes. Each throws `unavailable` if the store cannot be reached. */
export interface MaintenanceMode {
  read(): Promise<Maintenance | undefined>;
  /** Replaces an earlier one. */
  begin(maintenance: Maintenance): Promise<void>;
  end(): Promise<void>;
  /** Something may have changed: read it. */
  onChange(listener: () => void): Promise<StopListening>;
}
