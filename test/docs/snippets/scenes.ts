/** What a reader meets who runs a snippet. */
interface Scene {
  /** What the provider answers first; 200 behind them. */
  readonly statuses?: readonly number[];
  /** What has happened before, in the same module. */
  readonly before?: string;
  /** What the reader does with it then. */
  readonly after?: string;
  /** Line by line; a pattern if it holds times. Comments at the end of the snippet itself stand before these. */
  readonly prints?: readonly (string | RegExp)[];
}

const SAY = 'console.log((await ask(gateway)).choices[0].message.content);';
const FAILED_OVER = 'openai/gpt-5-mini -> anthropic/claude-haiku-4-5: overloaded';
const NO_DEPLOYMENT_LEFT = [503, 503, 503, 503, 503, 503];

/** Of every snippet by its name; those that are not here run without a word. */
export const SCENES: Readonly<Record<string, Scene>> = {
  'README.md: Fifteen lines': { statuses: [503], prints: [FAILED_OVER, 'Hello. 0.000035'] },
  'docs/access.md: Over HTTP': { after: 'console.log((await POST(chatRequest())).status);', prints: ['200'] },
  'docs/prices.md: Fresh prices': { prints: ['1 prices'] },
  'docs/prices.md: Calls without a price': { after: SAY, prints: ['[]', 'Hello.'] },
  'docs/budgets.md: By hand': {
    after: `
      await helpOut(gateway);
      for (const { name, limit } of await gateway.for({ team: 'search' }).control.budgets()) console.log(name, limit.usd);`,
    prints: ['company 5500', 'team 300'],
  },
  'docs/dashboard.md: Use': { after: 'console.log(answer.status);', prints: ['401'] },
  'docs/errors.md: What a provider answered': {
    statuses: NO_DEPLOYMENT_LEFT,
    prints: [/'anthropic\/claude-haiku-4-5: overloaded'/],
  },
  'docs/events.md: Events': { statuses: [503], after: SAY, prints: [FAILED_OVER, 'Hello.'] },
  'docs/extending.md: A routing strategy': {
    after: "console.log(await attemptsWith({ strategy: quietFirst, deployments: ['openai/gpt-5-mini'] }));",
    prints: ['openai/gpt-5-mini'],
  },
  'docs/extending.md: A failover strategy': {
    statuses: [503],
    after:
      "console.log(await attemptsWith({ failover: patient, deployments: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5'] }));",
    prints: ['openai/gpt-5-mini openai/gpt-5-mini'],
  },
  'docs/extending.md: A guard': {
    after: "await ask(newGateway({ guards: [noHomework] }), 'Do my homework.').catch(({ code }) => console.log(code));",
    prints: ['content_blocked'],
  },
  'docs/extending.md: A provider, and middleware': {
    after: "await ask(newGateway({ providers: { openai: { middleware: [timed] } }, models: { fast: ['openai/gpt-5-mini'] } }));",
    prints: [/^gpt-5-mini [\d.]+$/],
  },
  'docs/extending.md: A store': { after: 'await holds(() => new MemoryStore());' },
  'docs/failover.md: One call that fails twice and succeeds': { statuses: [503, 500] },
  'docs/failover.md: One call that fails twice and succeeds (2)': { statuses: NO_DEPLOYMENT_LEFT, prints: [/^503 \[/] },
  'docs/getting-started.md: Real providers': { statuses: [503], prints: ['Hello. 0.000035'] },
  'docs/getting-started.md: Look before you call': { prints: [/^\{\n {2}verdict: 'allow',/] },
  'docs/handler.md: Use': { after: 'console.log((await POST(chatRequest())).status);', prints: ['200'] },
  'docs/handler.md: Use (2)': { after: 'console.log(await statusOverHttp());', prints: ['200'] },
  'docs/handler.md: What an operator sees': { after: SAY, prints: [/outcome: 'success'/, 'Hello.'] },
  'docs/handler.md: Stopping': { after: 'await closedBySignal(gateway);', prints: ['gateway_closed'] },
  'docs/migrate-from-openai.md: From plain `openai`': {
    statuses: [503, 503, 503],
    after: "console.log(await say('Hi'));",
    prints: ['Hello.'],
  },
  'docs/migrate-from-openai.md: From plain `openai` (2)': {
    statuses: [503],
    after: "console.log(await say('Hi'));",
    prints: ['Hello.'],
  },
  'docs/observability.md: Use': { statuses: [503], after: SAY, prints: [FAILED_OVER, 'Hello.'] },
  'docs/observability.md: Logs': {
    statuses: [503],
    after: SAY,
    prints: [/^\{"level":"warn".*"kind":"overloaded","status":503/, 'Hello.'],
  },
  'docs/observability.md: Diagnostics channels': { after: SAY, prints: [/^fast success [\d.]+$/, 'Hello.'] },
  'docs/production.md: The process': { after: 'await closedBySignal(gateway);', prints: ['gateway_closed'] },
  'docs/providers/google.md: Answers over several requests': { after: 'console.log(text);', prints: ['Hello.'] },
  'docs/redaction.md: Use': { statuses: [401, 401], prints: [/^AuthenticationError: 401 not now(?![\s\S]*sk-)/] },
  'docs/redaction.md: Events': { statuses: [400], after: 'await ask(gateway).catch(() => {});' },
  'docs/reports.md: Use': {
    before: "await ask(gateway.for({ team: 'search' }));",
    prints: [/^team,day,requests,[\s\S]*\nsearch,20\d\d-\d\d-\d\d,1,/],
  },
  'docs/responses.md: Use': { prints: ['Hello.'] },
  'docs/routing.md: Before and after a call': { prints: ['openai/gpt-5 1 0.0410025'] },
  'docs/runs.md: Use (2)': {
    after: "console.log(clientFor(gateway, 'ticket-1').baseURL);",
    prints: ['http://tollgate.internal/v1'],
  },
  'docs/runs.md: Going on': {
    after: 'console.log((await ask(careful(gateway))).choices[0].message.content);',
    prints: ['Hello.'],
  },
  'docs/serverless.md: Use': { after: "console.log(await handle({ text: 'Hi' }));", prints: ['Hello.'] },
  'docs/translation.md: Types of the further fields': { prints: [/^A greeting\. \[[\s\S]*'reasoning\.text'[\s\S]*\] end_turn$/] },
};
