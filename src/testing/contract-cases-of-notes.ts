import type { Store } from '../stores/store.ts';
import { type ContractCase, equal, HOUR, nameOf, refuses, START } from './store-contract-parts.ts';

/** What a store that keeps notes must do. A store has both of these verbs or neither; one that has neither meets each case. */
export function contractCasesOfNotes(): ContractCase[] {
  return [
    ofNotes('keeps a note under its key, as it is', async (store) => {
      const key = nameOf();
      const text = `{"caller":{"team":"søk'\u{1f980}"},"text":"a 1 b\\n\\u0000|"}`;
      await store.keepNote(key, text, START + HOUR, START);
      equal(await store.readNote(key, START), text);
      equal(await store.readNote(`${key}|other`, START), undefined);
    }),
    ofNotes('puts a later note in the place of one that is there', async (store) => {
      const key = nameOf();
      await store.keepNote(key, 'first', START + HOUR, START);
      await store.keepNote(key, 'second', START + 2 * HOUR, START + 1);
      equal(await store.readNote(key, START + HOUR), 'second');
    }),
    ofNotes('keeps a note until its time, and not longer', async (store) => {
      const key = nameOf();
      await store.keepNote(key, 'kept', START + HOUR, START);
      equal(await store.readNote(key, START + HOUR - 1), 'kept');
      equal(await store.readNote(key, START + HOUR), undefined);
      await store.keepNote(key, 'again', START + 2 * HOUR, START + HOUR);
      equal(await store.readNote(key, START + HOUR), 'again');
      await store.keepNote(key, 'over', START + HOUR, START + HOUR);
      equal(await store.readNote(key, START + HOUR), undefined);
    }),
    ofNotes('takes a clock that goes back for the latest time seen when it reads a note', async (store) => {
      const key = nameOf();
      await store.keepNote(key, 'kept', START + HOUR, START);
      await store.release(nameOf(), START + 2 * HOUR);
      equal(await store.readNote(key, START), undefined);
    }),
    ofNotes('refuses a time that is no non-negative safe integer', async (store) => {
      for (const untilMs of [Number.NaN, -1, 0.5, 2 ** 53]) {
        await refuses(() => store.keepNote(nameOf(), 'text', untilMs, START));
      }
      await refuses(() => store.readNote(nameOf(), Number.NaN));
    }),
  ];
}

type StoreWithNotes = Store & Required<Pick<Store, 'keepNote' | 'readNote'>>;

function ofNotes(name: string, run: (store: StoreWithNotes) => Promise<void>): ContractCase {
  return {
    name,
    async run(store) {
      equal(store.keepNote === undefined, store.readNote === undefined);
      if (store.keepNote !== undefined) await run(store as StoreWithNotes);
    },
  };
}
