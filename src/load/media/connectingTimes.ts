/** How long each part of connecting a transport took. */
export interface ConnectingTimes {
  readonly iceMs: number;
  readonly dtlsMs: number;
}

/** Of several transports: the slowest of each part. */
export function slowest(times: readonly ConnectingTimes[]): ConnectingTimes {
  return {
    iceMs: Math.max(...times.map(({ iceMs }) => iceMs)),
    dtlsMs: Math.max(...times.map(({ dtlsMs }) => dtlsMs)),
  };
}
