/** This process may not use the store. Waiting does not help: a person must choose another store, program or secret. */
export class StoreRefusal extends Error {
  override readonly name = 'StoreRefusal';
}
