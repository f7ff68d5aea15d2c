import type { Asking, AskModel, ModelQuestion } from '../../core/asking.ts';

/** Asks a model; gives the text of its answer, empty if it has none. */
export async function answeredText(ask: AskModel, question: ModelQuestion, asking: Asking): Promise<string> {
  const body = (await ask(question, asking)) ?? {};
  return question.operation === 'responses' ? textOfResponse(body) : textOfChat(body);
}

function textOfChat(body: unknown): string {
  const { choices } = body as { choices?: readonly { message?: { content?: unknown } }[] };
  const content = choices?.[0]?.message?.content;
  return typeof content === 'string' ? content : '';
}

function textOfResponse(body: unknown): string {
  const { output } = body as { output?: readonly { content?: readonly { type?: unknown; text?: unknown }[] }[] };
  const parts = output?.flatMap(({ content }) => (Array.isArray(content) ? content : [])) ?? [];
  return parts.map(({ type, text }) => (type === 'output_text' && typeof text === 'string' ? text : '')).join('');
}
