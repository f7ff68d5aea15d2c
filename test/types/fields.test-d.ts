/** Checked by the compiler only: programs over a gateway name the fields beside OpenAI's without casts. */
import type { OpenAI } from 'openai';
import type { AutoParseableResponseFormat, AutoParseableTextFormat } from 'openai/lib/parser';
import type { Gateway } from 'tollgate';

declare const gateway: Gateway;
declare const place: AutoParseableResponseFormat<{ city: string }>;
declare const spot: AutoParseableTextFormat<{ city: string }>;

export async function chat(): Promise<OpenAI.Chat.ChatCompletionMessageParam[]> {
  const system: OpenAI.Chat.ChatCompletionSystemMessageParam = {
    role: 'system',
    content: [{ type: 'text', text: 'rules', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  };
  const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [
    system,
    { role: 'developer', content: 'more', cache_control: { type: 'ephemeral' } },
    {
      role: 'user',
      cache_control: { type: 'ephemeral' },
      content: [
        { type: 'image_url', image_url: { url: 'data:' }, cache_control: { type: 'ephemeral' } },
        { type: 'input_audio', input_audio: { data: '', format: 'wav' }, cache_control: { type: 'ephemeral' } },
        { type: 'file', file: { file_id: 'f' }, cache_control: { type: 'ephemeral' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'first',
      reasoning_details: [{ type: 'reasoning.text', text: 'first', signature: 's', format: 'anthropic-claude-v1' }],
      tool_calls: [
        {
          id: 'c',
          type: 'function',
          function: { name: 'f', arguments: '{}' },
          extra_content: { google: { thought_signature: 's' } },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'c', content: 'x', cache_control: { type: 'ephemeral' } },
  ];
  const answer = await gateway.chat.completions.create({
    model: 'fast',
    models: ['a/b', 'c/d'],
    messages,
    cache_control: { type: 'ephemeral' },
    top_k: 40,
    thinking: { type: 'enabled', budget_tokens: 2_048 },
    output_config: { effort: 'high' },
    betas: ['x'],
    inference_geo: 'us',
    speed: 'fast',
    generationConfig: { thinkingConfig: { includeThoughts: true } },
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    cachedContent: 'cachedContents/1',
    continuationToken: 'dG9rZW4=',
    labels: { team: 'x' },
    additionalModelRequestFields: { top_k: 1 },
    guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
    documents: ['one', { data: { text: 'two' } }],
    safety_mode: 'STRICT',
    citation_options: { mode: 'FAST' },
    reasoning: { effort: 'high' },
    tools: [{ type: 'function', function: { name: 'f' }, cache_control: { type: 'ephemeral' } }],
  });
  const [choice] = answer.choices;
  if (choice === undefined) return messages;
  const { message, native_finish_reason: finish } = choice;
  const text: string = (message.reasoning_content ?? message.reasoning ?? '') + (finish ?? '');
  const signature: string | null | undefined = message.reasoning_details?.[0]?.signature;
  const goesOn: string | undefined = message.extra_content?.google?.continuation_token;
  const image: string | undefined = message.images?.[0]?.image_url.url;
  const call = message.tool_calls?.[0];
  const thought: string | undefined = call?.type === 'function' ? call.extra_content?.google?.thought_signature : undefined;
  const kept: number | undefined = answer.usage?.prompt_tokens_details?.cache_write_1h_tokens;
  const uses: number | undefined = answer.usage?.server_tool_use?.web_search_requests;
  // The answer goes back into the history as it is.
  return [...messages, message, { role: 'user', content: `${text}${signature}${goesOn}${image}${thought}${kept}${uses}` }];
}

export async function stream(): Promise<string> {
  let text = '';
  const chunks = await gateway.chat.completions.create({ model: 'fast', messages: [], stream: true, top_k: 1 });
  for await (const { choices } of chunks) {
    const [choice] = choices;
    text += choice?.delta.reasoning_content ?? choice?.delta.reasoning ?? '';
    text += choice?.delta.reasoning_details?.[0]?.data ?? choice?.native_finish_reason ?? '';
    text += choice?.delta.extra_content?.google?.continuation_token ?? '';
    text += choice?.delta.tool_calls?.[0]?.extra_content?.google?.thought_signature ?? '';
  }
  const helper = gateway.chat.completions.stream({ model: 'fast', messages: [], thinking: { type: 'adaptive' } });
  return text + ((await helper.finalMessage()).reasoning_content ?? '');
}

/** Tools and outputs that OpenAI's own types have no form for. */
export async function nativeForms(): Promise<string | null> {
  const searched = await gateway.chat.completions.create({
    model: 'gemini',
    messages: [{ role: 'user', content: 'x' }],
    modalities: ['text', 'image'],
    tools: [
      { googleSearch: {} },
      { type: 'web_search_20250305', name: 'web_search' },
      { type: 'function', function: { name: 'f' } },
    ],
  });
  const streamed = await gateway.chat.completions.create({
    model: 'gemini',
    messages: [],
    stream: true,
    tools: [{ googleSearch: {} }],
  });
  for await (const chunk of streamed) if (chunk.choices.length === 0) return null;
  return searched.choices[0]?.message.content ?? null;
}

export async function others(): Promise<unknown> {
  await gateway.embeddings.create({
    model: 'e',
    input: 'x',
    input_type: 'search_query',
    truncate: 'END',
    taskType: 'RETRIEVAL_QUERY',
  });
  return gateway.responses.create({
    model: 'fast',
    top_k: 1,
    thinking: { type: 'adaptive' },
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'x', cache_control: { type: 'ephemeral' } }] },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}', extra_content: { google: { thought_signature: 's' } } },
    ],
  });
}

/** What one call asks of the cache stands beside OpenAI's options, also of its helpers, and what these read keeps its type. */
export async function cached(): Promise<unknown[]> {
  const off = { cache: false } as const;
  const params = { model: 'fast', messages: [] };
  const response = { model: 'fast', input: 'x' };
  const look: string[] = [];
  const tools = [
    { type: 'function', function: { function: (at: string) => look.push(at), parameters: {}, description: '' } },
  ] as const;
  const parsed = await gateway.chat.completions.parse({ ...params, response_format: place }, { cache: { refresh: true } });
  const city: string | undefined = parsed.choices[0]?.message.parsed?.city;
  const streamed = gateway.chat.completions.stream(
    { ...params, response_format: place },
    { cache: { ttl: '10m' }, maxRetries: 0 },
  );
  const streamedCity: string | undefined = (await streamed.finalChatCompletion()).choices[0]?.message.parsed?.city;
  const read = await gateway.responses.parse({ ...response, text: { format: spot } }, off);
  const readCity: string | undefined = read.output_parsed?.city;
  const written = await gateway.responses.stream({ ...response, text: { format: spot } }, { cache: true }).finalResponse();
  const writtenCity: string | undefined = written.output_parsed?.city;
  return [
    [city, streamedCity, readCity, writtenCity],
    await gateway.chat.completions
      .runTools({ ...params, tools }, { cache: { ttl: 60_000 }, maxChatCompletions: 2 })
      .finalContent(),
    await gateway.chat.completions.runTools({ ...params, stream: true, tools }, off).finalContent(),
    await gateway.completions.create({ model: 'fast', prompt: 'x' }, off),
    await gateway.embeddings.create({ model: 'e', input: 'x' }, off),
    await gateway.audio.speech.create({ model: 's', voice: 'alloy', input: 'x' }, off),
    await gateway.images.generate({ model: 'i', prompt: 'x' }, off),
    await gateway.moderations.create({ input: 'x' }, off),
  ];
}

/** A method that a program chooses when it runs is called as it is of a plain client. */
export function chosen(method: 'create' | 'parse', helper: 'create' | 'stream', isText: boolean): unknown[] {
  const chat = { model: 'fast', messages: [] };
  const response = { model: 'fast', input: 'x' };
  const plain: OpenAI = gateway;
  return [
    [gateway.chat.completions[method](chat), plain.chat.completions[method](chat)],
    [gateway.chat.completions[helper](chat), plain.chat.completions[helper](chat)],
    [gateway.responses[method](response), plain.responses[method](response)],
    [gateway.responses[helper](response), plain.responses[helper](response)],
    (isText ? gateway.embeddings : gateway.moderations).create({ model: 'e', input: 'x' }),
    (isText ? plain.embeddings : plain.moderations).create({ model: 'e', input: 'x' }),
    gateway.for({ team: 'search' }).chat.completions[method](chat, { timeout: 1_000 }),
    gateway.withOptions({ timeout: 1_000 }).responses[method](response),
  ];
}

/** What is no field of anyone's is an error still, and so is a wrong value. */
export function mistakes(): unknown[] {
  return [
    // @ts-expect-error
    gateway.chat.completions.create({ model: 'fast', messages: [], reasoning_contents: 'x' }),
    // @ts-expect-error
    gateway.chat.completions.create({ model: 'fast', messages: [], top_k: 'x' }),
    // @ts-expect-error
    gateway.chat.completions.create({ model: 'fast', messages: [], cache_control: 'ephemeral' }),
    // @ts-expect-error
    gateway.chat.completions.create({ model: 'fast', messages: [], tools: [{ type: 'function', function: { title: 'f' } }] }),
    // @ts-expect-error
    gateway.chat.completions.create({ model: 'fast', messages: [{ role: 'user', content: 'x', reasoning_content: 'y' }] }),
    // @ts-expect-error
    gateway.chat.completions.create({ model: 'fast', messages: [] }, { cache: 'off' }),
    // @ts-expect-error
    gateway.chat.completions.stream({ model: 'fast', messages: [] }, { cache: { fresh: true } }),
    // @ts-expect-error
    gateway.chat.completions.runTools({ model: 'fast', messages: [], tools: [] }, { cache: { ttl: true } }),
    // @ts-expect-error
    gateway.responses.parse({ model: 'fast', input: 'x' }, { cache: 'off' }),
    // @ts-expect-error
    gateway.embeddings.create({ model: 'e', input: 'x' }, { cache: 1 }),
  ];
}
