import { Agent, request } from 'undici';
import { type Calls, expectAnswer, expectStream } from './calls.ts';
import { TEXTS_PER_OPENAI_STREAM } from './upstream-facts.ts';

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
  readonly usage?: { readonly completion_tokens: number };
}

/** The least that a call can be: `undici.request`, its body read, `JSON.parse`. A stream is cut at its blank lines. */
export function undiciCalls(origin: string, params: object): Calls {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const send = (body: object) =>
    request(`${origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
      body: JSON.stringify(body),
      dispatcher,
    });
  return {
    async chat() {
      const { body } = await send(params);
      const { choices, usage } = JSON.parse(await body.text());
      expectAnswer(choices[0]?.message.content?.length, usage?.completion_tokens);
    },
    async stream() {
      const { body } = await send({ ...params, stream: true, stream_options: { include_usage: true } });
      body.setEncoding('utf8');
      let count = 0;
      let outputTokens: number | undefined;
      let pending = '';
      for await (const text of body) {
        const events = `${pending}${text}`.split('\n\n');
        pending = events.pop() ?? '';
        for (const event of events) {
          if (event === 'data: [DONE]') continue;
          const { choices, usage } = JSON.parse(event.slice('data: '.length)) as Chunk;
          if (choices[0]?.delta.content) count += 1;
          if (usage) outputTokens = usage.completion_tokens;
        }
      }
      expectStream(count, TEXTS_PER_OPENAI_STREAM, outputTokens);
    },
  };
}
