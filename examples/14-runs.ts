// A run with limits: an agent's loop ends by money, with an error that says what was spent, unless somebody lets it go on.
import { Gateway, RunLimitError } from 'tollgate';
import { startUpstream } from './upstream.ts';

const upstream = await startUpstream('lab');
const gateway = new Gateway({
  providers: { lab: { type: 'openai-compatible', apiKey: 'key', baseURL: upstream.baseURL } },
  models: { assistant: [{ provider: 'lab', model: 'small', price: { input: 100, output: 400 } }] },
});
gateway.on('run.end', ({ run, outcome, totals }) => console.log(`${run}: ${outcome} after ${totals.calls} calls`));

const params = { model: 'assistant', max_completion_tokens: 20, messages: [{ role: 'user' as const, content: 'hello' }] };
async function agent(): Promise<never> {
  for (;;) await gateway.chat.completions.create(params);
}

let questions = 0;
try {
  await gateway.run({ team: 'search' }, agent, {
    id: 'ticket-7',
    maxUsd: 0.05,
    onLimit: async ({ limits }) => {
      questions += 1;
      return questions > 1 ? undefined : { raise: { maxUsd: (limits.maxUsd ?? 0) * 2 } };
    },
  });
} catch (error) {
  if (!(error instanceof RunLimitError)) throw error;
  console.log(`${error.status} ${error.code}: ${error.limit} of $${error.max} after ${questions} questions`);
}

await gateway.close();
upstream.close();
