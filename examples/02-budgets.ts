// A budget for each team: what may be spent is held before a call is sent, and settled to what was used.
import { BudgetExceededError, Gateway } from 'tollgate';
import { startUpstream } from './upstream.ts';

const upstream = await startUpstream('lab');
const gateway = new Gateway({
  providers: { lab: { type: 'openai-compatible', apiKey: 'key', baseURL: upstream.baseURL } },
  models: { assistant: [{ provider: 'lab', model: 'small', price: { input: 100, output: 400 } }] },
  budgets: [{ name: 'team', each: 'team', limit: { usd: 0.05 }, window: 'day', warnAt: [0.5] }],
});
gateway.on('budget.warn', ({ budget, values, threshold }) =>
  console.log(`${budget} of ${values.team}: above ${threshold * 100} %`),
);

const search = gateway.for({ team: 'search' });
const params = { model: 'assistant', max_completion_tokens: 20, messages: [{ role: 'user' as const, content: 'hello' }] };
try {
  for (;;) await search.chat.completions.create(params);
} catch (error) {
  if (!(error instanceof BudgetExceededError)) throw error;
  console.log(`${error.status} ${error.code} of '${error.budget}'`);
}
const [balance] = await search.control.budgets();
console.log(`spent $${balance?.spent.usd} of $${balance?.limit.usd}`);
await gateway.for({ team: 'ads' }).chat.completions.create(params);
console.log('another team still has its own');

await gateway.close();
upstream.close();
