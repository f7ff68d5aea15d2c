/** What an exact hit costs inside the cache: making the key, finding the answer, reading it. Run: node bench/cache.ts */
import { ResponseCache } from '../src/cache/response-cache.ts';
import { systemClock } from '../src/core/clock.ts';
import { callOf, chatAnswer, FACTS, leadOf } from '../test/cache/calls.ts';

const WARM_UP = 20_000;
const HITS = 200_000;

for (const bytes of [200, 2_000, 20_000]) {
  const params = { model: 'fast', temperature: 0, messages: [{ role: 'user', content: 'x'.repeat(bytes) }] };
  const cache = new ResponseCache({ clock: systemClock });
  (await leadOf(cache, callOf({ params }))).remember({ kind: 'object', body: chatAnswer('y'.repeat(2_000)) }, FACTS);
  const call = callOf({ params });
  const hit = () => {
    const recall = cache.recall(call);
    if (recall === undefined || recall instanceof Promise || recall.kind !== 'kept') throw new Error('no hit');
    return recall.answer.body();
  };
  for (let time = 0; time < WARM_UP; time += 1) hit();
  const before = process.cpuUsage();
  for (let time = 0; time < HITS; time += 1) hit();
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${String(bytes).padStart(6)} bytes in, 2000 out: ${((user + system) / HITS).toFixed(2).padStart(6)} µs of CPU a hit`,
  );
}
