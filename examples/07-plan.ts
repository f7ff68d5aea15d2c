// How a call would go: nothing is sent and nothing is charged.
import { Gateway } from 'tollgate';
import { localProvider } from './local-provider.ts';

const gateway = new Gateway({
  providers: { local: { provider: localProvider('local', () => 'hello') } },
  models: {
    assistant: [
      { provider: 'local', model: 'plain', price: { input: 1, output: 4 }, capabilities: { tools: false } },
      { provider: 'local', model: 'able', price: { input: 2, output: 8 } },
    ],
  },
  budgets: [{ name: 'team', each: 'team', limit: { usd: 10, requests: 100 }, window: 'month' }],
});

const { verdict, deployments, budgets } = await gateway.for({ team: 'search' }).control.plan({
  model: 'assistant',
  max_completion_tokens: 1_000,
  messages: [{ role: 'user', content: 'hello' }],
  tools: [{ type: 'function', function: { name: 'look_up' } }],
});
console.log(verdict);
for (const deployment of deployments)
  console.log(deployment.id, 'place' in deployment ? `place ${deployment.place}` : deployment.skipped);
for (const { name, remaining, wouldCharge } of budgets)
  console.log(`${name}: ${wouldCharge.requests} of ${remaining.requests} requests`);
await gateway.close();
