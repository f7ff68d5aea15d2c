// npm run demo            three upstreams on loopback
// npm run demo -- --live  real providers whose keys are in the environment
// npm run demo -- --dashboard  a page over traffic with a failing provider and a budget that runs out
import { BudgetExceededError, Gateway, routeOf } from 'tollgate';
import { print, printHeading, printTable } from './print.ts';
import { liveUpstreams } from './upstreams-live.ts';
import { mockUpstreams } from './upstreams-mock.ts';

const unknown = process.argv.slice(2).find((option) => option !== '--live' && option !== '--dashboard');
if (unknown !== undefined) {
  print(`There is no option ${unknown}; there are --live and --dashboard.`);
  process.exit(2);
}
if (process.argv.includes('--dashboard')) {
  const { showDashboard } = await import('./dashboard.ts');
  await showDashboard();
  process.exit(0);
}
const upstreams = process.argv.includes('--live') ? liveUpstreams(process.env) : await mockUpstreams();
const [first, second] = upstreams.models;
if (first === undefined) {
  print(`No key found. Set one of ${upstreams.keyVariables.join(', ')} and try again.`);
  process.exit(1);
}
print(upstreams.intro);

const gateway = new Gateway({
  providers: upstreams.providers,
  models: { assistant: upstreams.models.map((model) => model), backup: second ? [first, second] : [first] },
  budgets: [{ name: 'team', each: 'team', limit: { usd: upstreams.teamBudgetUsd }, window: 'day', warnAt: [0.5] }],
});
const rows: string[][] = [];
gateway.on('request.end', (end) => {
  const usd = end.costUsd === undefined ? '-' : `$${end.costUsd.toFixed(6)}`;
  const tokens = end.usage ? String(end.usage.inputTokens + end.usage.outputTokens) : '-';
  rows.push([
    String(rows.length + 1),
    end.deployment ?? end.error?.code ?? '-',
    String(end.attempts),
    tokens,
    usd,
    `${Math.round(end.durationMs)} ms`,
  ]);
});
gateway.on('failover', ({ from, to, failure }) => print(`   ${from} failed (${failure.kind}), going on to ${to}`));
gateway.on('retry', ({ failure, afterMs }) =>
  print(`   ${failure.kind}: the provider asks to wait, trying again after ${Math.round(afterMs)} ms`),
);
gateway.on('budget.warn', ({ threshold }) =>
  print(`   budget.warn: more than ${threshold * 100} % of the team's budget is spent`),
);

const team = gateway.for({ team: 'search', user: 'ada' });
const ask = async (model: string, content: string) => {
  const answer = await team.chat.completions.create({ model, max_completion_tokens: 200, messages: [{ role: 'user', content }] });
  print(`   ${routeOf(answer)?.deployment}: ${answer.choices[0]?.message.content?.slice(0, 60)}`);
};

printHeading('1. Each provider through the same three lines');
for (const model of upstreams.models) await ask(model, 'Say hello in one short sentence.');

printHeading('2. A stream');
const stream = await team.chat.completions.create({
  model: 'assistant',
  max_completion_tokens: 200,
  stream: true,
  messages: [{ role: 'user', content: 'Count to five.' }],
});
let pieces = 0;
let text = '';
for await (const chunk of stream) {
  pieces += 1;
  text += chunk.choices[0]?.delta.content ?? '';
}
print(`   ${text.trim().slice(0, 60)} (${pieces} chunks from ${routeOf(stream)?.deployment})`);

if (second) {
  printHeading(`3. ${first.split('/')[0]} is down, the call is answered all the same`);
  upstreams.failNext(503);
  await ask('backup', 'Are you there?');
}

printHeading('4. A rate limit with Retry-After');
upstreams.failNext(429, 1);
await ask(first, 'Is it my turn?');

printHeading("5. The team's budget runs out");
try {
  for (let call = 0; call < upstreams.callsToRunOut; call += 1) {
    await team.chat.completions.create({
      model: 'assistant',
      max_completion_tokens: 200,
      messages: [{ role: 'user', content: 'Once more.' }],
    });
  }
  print('   the budget still has room');
} catch (error) {
  if (!(error instanceof BudgetExceededError)) throw error;
  print(`   refused before anything was sent: ${error.status} ${error.code}, $${error.remaining.toFixed(6)} left`);
}

printHeading('What it came to');
printTable(['#', 'deployment', 'attempts', 'tokens', 'cost', 'time'], rows);
for (const { name, values, spent, limit } of await gateway.control.budgets({ team: 'search' })) {
  print(`\nBudget '${name}' of team '${values.team}': $${spent.usd?.toFixed(6)} of $${limit.usd?.toFixed(6)} spent today.`);
}
await gateway.close();
await upstreams.close();
