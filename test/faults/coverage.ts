import { readFileSync } from 'node:fs';

/** A suite under `test/`, and words of the test's name in it; without them the whole suite is meant. */
interface Place {
  readonly file: string;
  readonly name: string;
}

const abort = (name: string): Place => ({ file: 'faults/abort.test.ts', name });
const recovery = (name: string): Place => ({ file: 'faults/recovery.test.ts', name });
const lifecycle = (name: string): Place => ({ file: 'faults/lifecycle.test.ts', name });
const processes: Place = { file: 'stores/processes.test.ts', name: 'do not miss what a killed one held' };
const manyProcesses: Place = { file: 'stores/processes.test.ts', name: 'never pass a limit and lose nothing' };

/** Configuration and input are their own suites' business, from row 97 on; the stores' from row 121 on. */
const CONFIG: readonly Place[] = ['validation', 'normalise', 'load', 'any-json'].map((suite) => ({
  file: `config/${suite}.test.ts`,
  name: '',
}));
const STORES: readonly Place[] = [
  ...['store-contract', 'sqlite', 'redis-faults', 'processes'].map((suite) => ({ file: `stores/${suite}.test.ts`, name: '' })),
  { file: 'ledger/ledger.test.ts', name: '' },
];

/** Rows that other suites prove. */
export const ELSEWHERE: ReadonlyMap<number, readonly Place[]> = new Map<number, readonly Place[]>([
  [20, [{ file: 'transport/undici-transport.test.ts', name: 'stops the server from writing' }]],
  [32, [{ file: 'transport/connection-faults.test.ts', name: 'that refuses a tunnel is told, without its credentials' }]],
  [72, [{ file: 'ledger/price.test.ts', name: 'follows the long-context tier' }]],
  [73, [{ file: 'ledger/ledger.test.ts', name: 'is replaced by what was used, once' }]],
  [74, ['before the call', 'in the queue', 'in backoff', 'while it is being reserved', 'after the answer'].map(abort)],
  [75, ['before a connection was made', 'before the first token'].map(abort)],
  [76, ['after some tokens', 'while a reader waits'].map(abort)],
  [77, [recovery('a reader that breaks off, throws or returns')]],
  [78, [recovery('a stream that nobody reads'), recovery('a reader that is merely slow')]],
  [79, [recovery('a second iteration')]],
  [80, [lifecycle('whose answer is never awaited')]],
  [81, [lifecycle('that throws or rejects disturbs nobody')]],
  [82, [lifecycle('that throws or rejects disturbs nobody')]],
  [83, [lifecycle('that is slow')]],
  [84, [lifecycle('of an error is not needed')]],
  [85, [lifecycle('may call the gateway')]],
  [86, [lifecycle('cannot change what others get')]],
  [87, [processes]],
  [
    88,
    [lifecycle('that is told to end'), abort('ends what is left at the deadline'), abort('settles before the store is closed')],
  ],
  [89, [lifecycle('waits for calls in backoff')]],
  [90, [lifecycle('is known by its code')]],
  [91, [lifecycle('among a thousand at once')]],
  [93, [abort('leaves no listener')]],
  [94, [{ file: 'transport/cancelling.test.ts', name: 'lose against data that is already there when they fire late' }]],
  [95, [manyProcesses]],
  ...rows(97, 120).map((row) => [row, CONFIG] as const),
  ...rows(121, 138).map((row) => [row, STORES] as const),
  [139, [{ file: 'input/fuzz.test.ts', name: 'are sent as they are' }]],
  [140, [{ file: 'public/stale-sockets.test.ts', name: 'every socket that was used' }]],
  [141, [{ file: 'public/handler-leave.test.ts', name: '' }]],
  [142, [{ file: 'answers/open-socket.test.ts', name: 'a marker in time ends it at once' }]],
  [143, [{ file: 'public/hostile.test.ts', name: 'is judged while it is read' }]],
  [144, [{ file: 'public/openai-code.test.ts', name: 'that breaks off is asked for again by GET' }]],
  [
    145,
    [
      { file: 'budgets/free-operations.test.ts', name: '' },
      { file: 'budgets/background.test.ts', name: '' },
    ],
  ],
  [146, [{ file: 'budgets/output-limits.test.ts', name: '' }]],
  [147, [{ file: 'usage/reported.test.ts', name: 'is known after the connection broke' }]],
  [148, [{ file: 'usage/recordings.test.ts', name: '' }]],
  [149, [{ file: 'ledger/price-walk.test.ts', name: 'lets no call through whose price is not known' }]],
  [150, [{ file: 'budgets/unreported.test.ts', name: 'whatever the format' }]],
  [151, [{ file: 'history/open-tool-loops.test.ts', name: 'does without thinking in a loop of another model' }]],
  [152, [{ file: 'upstream-words/errors.test.ts', name: 'is the error that it says' }]],
  [153, [{ file: 'upstream-words/limits.test.ts', name: 'takes its credential out' }]],
  [154, [{ file: 'faults/circuit-breaker.test.ts', name: 'is asked no more after five failures in a row' }]],
  [155, [{ file: 'config/reach.test.ts', name: '' }]],
  [156, [{ file: 'config/watch.test.ts', name: 'reports a link of its directory that points elsewhere now' }]],
  [157, [{ file: 'redaction/canary.test.ts', name: 'repeats the key in headers' }]],
]);

/** Rows that no test proves, with the reason. */
export const LEFT_OUT: ReadonlyMap<number, string> = new Map([
  [92, 'memory growth shows only over a hundred thousand calls: `npm run soak` measures it'],
  [158, 'a store under load is measured, and not yet relieved: every call still asks it'],
  [96, 'a forked process of Node shares no memory with its parent: it is one of the processes of row 95'],
]);

export function nameStandsIn(file: string, name: string): boolean {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8').includes(name);
}

function rows(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
