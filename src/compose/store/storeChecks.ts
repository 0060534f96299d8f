/** Store checks for the readiness of any process. */
import type { State } from './stores.ts';

export function storeChecks({ connection, condition, schema }: Pick<State, 'connection' | 'condition' | 'schema'>) {
  return {
    redis: () => connection.run((client) => client.ping()),
    store: () => condition.check(),
    schema: () =>
      schema.isCurrent ? Promise.resolve() : Promise.reject(new Error('the store has another schema version')),
  };
}
