// Guards: the provider never sees an address, no key goes in, and a forbidden word never comes out.
import { ContentBlockedError, Gateway } from 'tollgate';
import { startUpstream } from './upstream.ts';

const upstream = await startUpstream('lab');
const gateway = new Gateway({
  providers: { lab: { type: 'openai-compatible', apiKey: 'key', baseURL: upstream.baseURL } },
  models: { assistant: ['lab/small'] },
  guards: [
    { name: 'people', on: 'input', mode: 'redact', use: 'personal-data' },
    { name: 'keys', on: 'input', mode: 'block', use: 'secrets' },
    {
      name: 'projects',
      on: 'output',
      mode: 'block',
      use: 'pattern',
      deny: { text: 'falcon', kind: 'project', ignoreCase: true },
    },
  ],
});
gateway.on('guard.redact', ({ guard, findings }) => console.log(`${guard} hid`, ...findings.map(({ kind }) => kind)));

async function ask(content: string): Promise<void> {
  try {
    const messages = [{ role: 'user' as const, content }];
    const answer = await gateway.chat.completions.create({ model: 'assistant', messages });
    console.log(answer.choices[0]?.message.content);
  } catch (error) {
    if (!(error instanceof ContentBlockedError)) throw error;
    console.log(`${error.status} ${error.code}: ${error.guard} found ${error.findings[0]?.kind} in the ${error.on}`);
  }
}

await ask('write to joe@example.com');
await ask(`my key is ghp_${'a1B2'.repeat(9)}`);
await ask('what is Falcon?');

await gateway.close();
upstream.close();
