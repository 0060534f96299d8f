/** What an operator did to this process, or to all processes on its Redis. */
export interface OperatorAct {
  /** Name of the API key; `loopback` if the admin port asked for none; `signal` for a signal of the system. */
  readonly by: string;
  readonly act: 'drain' | 'reload' | 'maintenance' | 'webhooks';
  /** Fixed words or names of settings: never a secret, never an address. */
  readonly detail?: string;
}

/** The audit log. Its lines are written whatever the level of the log is, except for `silent`. */
export interface OperatorLog {
  acted(act: OperatorAct): void;
}
