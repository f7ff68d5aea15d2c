// When the first provider is down, the next answers; the caller sees one answer.
import { Gateway, routeOf } from 'tollgate';
import { startUpstream } from './upstream.ts';

const first = await startUpstream('first');
const second = await startUpstream('second');
const gateway = new Gateway({
  providers: {
    first: { type: 'openai-compatible', apiKey: 'key-1', baseURL: first.baseURL },
    second: { type: 'openai-compatible', apiKey: 'key-2', baseURL: second.baseURL },
  },
  models: { assistant: ['first/small', 'second/small'] },
});
gateway.on('failover', ({ from, to, failure }) => console.log(`${from} -> ${to}: ${failure.kind}`));

first.status = 503;
const answer = await gateway.chat.completions.create({ model: 'assistant', messages: [{ role: 'user', content: 'hello' }] });
console.log(answer.choices[0]?.message.content);
console.log(routeOf(answer)?.attempts.map(({ deployment, failure }) => `${deployment} ${failure?.kind ?? 'ok'}`));

await gateway.close();
first.close();
second.close();
