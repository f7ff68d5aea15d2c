import { Gateway } from '../../../src/index.ts';

const [baseURL = ''] = process.argv.slice(2);
const gateway = new Gateway({
  providers: { lab: { type: 'openai-compatible', baseURL, apiKey: 'k' } },
  models: { m: ['lab/m'] },
  budgets: [{ name: 'all', limit: { requests: 1_000, tokens: 1_000_000 }, window: 'day' }],
});
gateway.on('request.end', ({ outcome, error }) => console.log(outcome, error?.code));
process.once('SIGTERM', async () => {
  await gateway.close({ deadlineMs: 50 });
  const [balance] = await gateway.control.budgets();
  console.log('closed', balance?.reserved.requests, balance?.spent.requests);
});
const stream = await gateway.chat.completions.create({
  model: 'm',
  messages: [{ role: 'user', content: 'hello' }],
  stream: true,
});
try {
  for await (const chunk of stream) console.log('chunk', chunk.choices[0]?.delta.content);
} catch {
  console.log('interrupted');
}
