/** What a caller of its own costs for every request: nanoseconds per clone. Run: node bench/callers.ts */
import { Gateway } from 'tollgate';

const WARM_UP = 50_000;
const CLONES = 500_000;

const gateway = new Gateway({ providers: { openai: { apiKey: 'sk-bench' } }, models: { fast: ['openai/gpt-5-mini'] } });
let used: unknown;

measure('for(caller)', () => {
  used = gateway.for({ team: 'search', user: 'u1' });
});
measure('for(caller).chat.completions', () => {
  used = gateway.for({ team: 'search', user: 'u1' }).chat.completions;
});
measure('run(caller, fn)', () => {
  used = gateway.run({ team: 'search', user: 'u1' }, () => gateway.chat.completions);
});
if (used === undefined) throw new Error('nothing was made');
await gateway.close();

function measure(label: string, make: () => void): void {
  for (let time = 0; time < WARM_UP; time += 1) make();
  const startedMs = performance.now();
  for (let time = 0; time < CLONES; time += 1) make();
  const nanoseconds = ((performance.now() - startedMs) * 1e6) / CLONES;
  console.log(`${label.padEnd(30)} ${nanoseconds.toFixed(0).padStart(6)} ns`);
}
