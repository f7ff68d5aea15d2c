// Time and randomness come from outside, so that a test owns them: a month passes without waiting.
import { type ClockOption, Gateway } from 'tollgate';
import { localProvider } from './local-provider.ts';

let now = Date.UTC(2026, 0, 31, 12);
const clock: ClockOption = { now: () => now, setTimeout: () => ({ cancel() {} }) };
const gateway = new Gateway({
  providers: { local: { provider: localProvider('local', () => 'hello') } },
  models: { fast: ['local/small'] },
  budgets: [{ name: 'monthly', limit: { tokens: 10_000 }, window: 'month' }],
  clock,
  random: () => 0.5,
});

const spent = async () => (await gateway.control.budgets())[0]?.spent.tokens;
await gateway.chat.completions.create({
  model: 'fast',
  max_completion_tokens: 100,
  messages: [{ role: 'user', content: 'hello' }],
});
console.log(`in January: ${await spent()} tokens`);
now = Date.UTC(2026, 1, 1);
console.log(`in February: ${await spent()} tokens`);
await gateway.close();
