/** Notices that the device is in another network than before. */
import * as z from 'zod';

/** The Network Information API, where there is one: `type` only changes with the network, unlike the estimates beside it. */
const withConnection = z.object({ connection: z.instanceof(EventTarget) });
const withType = z.object({ type: z.string() });

export function onNetworkChange(listener: () => void): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  addEventListener('online', listener, { signal });
  const connection = withConnection.safeParse(navigator).data?.connection;
  let type = typeOf(connection);
  connection?.addEventListener(
    'change',
    () => {
      const before = type;
      type = typeOf(connection);
      if (before !== type && type !== 'none') listener();
    },
    { signal },
  );
  return () => {
    stop.abort();
  };
}

function typeOf(connection: EventTarget | undefined): string | undefined {
  return withType.safeParse(connection).data?.type;
}
