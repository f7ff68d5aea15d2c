import type { BalanceQuery, Store } from '../../src/stores/store.ts';

/** The same store, whose balances are as of a later time: every lease that ends until then has ended, without waiting for it. */
export function laterStore(store: Store, byMs: number): Store {
  const balances = (query: BalanceQuery, now: number) => store.balances(query, now + byMs);
  return boundStore(store, { balances });
}

/** A store with some verbs in place of its own; undefined: it has none of that name. */
export function boundStore(store: Store, verbs: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(name in verbs ? verbs : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
