import type { ChatChunk, ChatCompletion } from '../core/chat.ts';
import type { ReasoningField } from '../core/plan.ts';
import type { Answer, AnswerStream } from '../pipeline/run.ts';

/** A chat answer with the text of its thinking under the name that the configuration gives it. */
export function withReasoningField(answer: Answer, field: ReasoningField): Answer {
  if (answer.kind === 'stream') return { ...answer, stream: new RenamedStream(answer.stream, field) };
  if (answer.kind !== 'object' || !hasChoices(answer.body)) return answer;
  const choices = answer.body.choices.map((choice) => ({ ...choice, message: renamed(choice.message, field) }));
  return { ...answer, body: { ...answer.body, choices } };
}

function hasChoices(body: unknown): body is ChatCompletion {
  return typeof body === 'object' && body !== null && Array.isArray((body as ChatCompletion).choices);
}

function renamed<Fields extends { reasoning_content?: string | null } | undefined>(
  fields: Fields,
  field: ReasoningField,
): Fields {
  const text = fields?.reasoning_content;
  if (text === undefined) return fields;
  const both = { ...fields, reasoning: text };
  if (field === 'reasoning') delete both.reasoning_content;
  return both;
}

class RenamedStream implements AnswerStream {
  readonly #items: AnswerStream;
  readonly #field: ReasoningField;

  constructor(items: AnswerStream, field: ReasoningField) {
    this.#items = items;
    this.#field = field;
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    const item = await this.#items.next();
    return item.done ? item : { done: false, value: this.#rename(item.value as ChatChunk) };
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    return this.#items.return();
  }

  #rename(chunk: ChatChunk): unknown {
    if (!chunk.choices?.some(({ delta }) => delta?.reasoning_content !== undefined)) return chunk;
    return { ...chunk, choices: chunk.choices.map((choice) => ({ ...choice, delta: renamed(choice.delta, this.#field) })) };
  }
}
