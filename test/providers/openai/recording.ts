import type { Exchange } from '../../support/fixtures.ts';

/** What a recording says of an answer, read without the code under test: text and reasoning joined, calls, usage. */
export interface Said {
  /** Text and reasoning of each choice, wherever the host puts them, tags and blank space left out. */
  words: string[];
  calls: { name: string; arguments: unknown }[];
  finishes: string[];
  promptTokens: number | undefined;
  totalTokens: number | undefined;
}

/** As much of a host's answer as is read here, loosely. */
interface LooseMessage {
  content?: string | LoosePart[] | null;
  reasoning_content?: string | null;
  reasoning?: string | null;
  tool_calls?: { index?: number; function?: { name?: string | null; arguments?: string | null } }[] | null;
}
interface LoosePart {
  text?: string;
  thinking?: LoosePart[];
}
interface LooseUsage {
  prompt_tokens: number;
  total_tokens: number;
}
interface LooseAnswer {
  choices?: { index: number; message?: LooseMessage; delta?: LooseMessage; finish_reason?: string | null }[];
  usage?: LooseUsage | null;
  x_groq?: { usage?: LooseUsage };
}

export function saidWhole(body: unknown): Said {
  const answer = body as LooseAnswer;
  const said = nothing();
  for (const choice of answer.choices ?? []) {
    const { message } = choice;
    said.words[choice.index] = words(message);
    for (const call of message?.tool_calls ?? [])
      said.calls.push(callOf(call.function?.name ?? '', call.function?.arguments ?? ''));
    said.finishes[choice.index] = choice.finish_reason ?? '';
  }
  return withUsage(said, answer.usage);
}

export function saidInChunks(chunks: readonly unknown[]): Said {
  const said = nothing();
  const calls = new Map<string, { name: string; arguments: string }>();
  let usage: LooseUsage | null | undefined;
  for (const chunk of chunks as LooseAnswer[]) {
    usage = chunk.usage ?? chunk.x_groq?.usage ?? usage;
    for (const choice of chunk.choices ?? []) {
      said.words[choice.index] = (said.words[choice.index] ?? '') + words(choice.delta);
      if (choice.finish_reason) said.finishes[choice.index] = choice.finish_reason;
      for (const call of choice.delta?.tool_calls ?? []) {
        const key = `${choice.index}/${call.index ?? 0}`;
        const known = calls.get(key) ?? { name: '', arguments: '' };
        calls.set(key, {
          name: known.name || (call.function?.name ?? ''),
          arguments: known.arguments + (call.function?.arguments ?? ''),
        });
      }
    }
  }
  for (const call of calls.values()) said.calls.push(callOf(call.name, call.arguments));
  return withUsage(said, usage);
}

/** The recorded chunks, up to the marker. */
export function recordedChunks(exchange: Exchange): unknown[] {
  return (exchange.response.sse ?? [])
    .flatMap((event) => event.split('\n'))
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as unknown);
}

function nothing(): Said {
  return { words: [], calls: [], finishes: [], promptTokens: undefined, totalTokens: undefined };
}

function callOf(name: string, text: string): { name: string; arguments: unknown } {
  return { name, arguments: JSON.parse(text === '' ? '{}' : text) };
}

function withUsage(said: Said, usage: LooseUsage | null | undefined): Said {
  const words = said.words.map(squeeze);
  return { ...said, words, promptTokens: usage?.prompt_tokens, totalTokens: usage?.total_tokens };
}

function words(message: LooseMessage | undefined): string {
  if (!message) return '';
  const { content, reasoning_content, reasoning } = message;
  return `${reasoning_content || reasoning || ''}${Array.isArray(content) ? partsOf(content) : (content ?? '')}`;
}

function partsOf(parts: LoosePart[]): string {
  return parts.map((part) => (part.thinking ? partsOf(part.thinking) : part.text)).join('');
}

function squeeze(text: string): string {
  return text.replace(/<\/?(think|reasoning)>/g, '').replace(/\s+/g, '');
}
