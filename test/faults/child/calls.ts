import { Gateway } from '../../../src/index.ts';

const [baseURL = ''] = process.argv.slice(2);
const messages = [{ role: 'user' as const, content: 'hello' }];

// No `close`: nothing of the gateway may keep the process alive, and nothing may let it go while a call waits.
const gateway = new Gateway({
  providers: { lab: { type: 'openai-compatible', baseURL, apiKey: 'k' } },
  models: { m: ['lab/m'] },
  budgets: [{ name: 'all', limit: { requests: 1_000, tokens: 1_000_000 }, window: 'day' }],
  retry: { minDelayMs: 50, maxDelayMs: 50 },
});
gateway.on('request.end', ({ outcome, attempts }) => console.log(outcome, attempts));
await gateway.chat.completions.create({ model: 'm', messages });
for await (const _chunk of await gateway.chat.completions.create({ model: 'm', messages, stream: true }));
for await (const _chunk of await gateway.chat.completions.create({ model: 'm', messages, stream: true })) break;
await gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'fail once' }] });
await gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'fail' }] }).catch(() => {});
// An answer that nobody waits for.
void gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'fail' }] }).catch(() => {});
console.log('done');
