import type { Asking, AskModel, ModelQuestion } from '../../core/asking.ts';
import type { GuardContent, GuardContext } from '../../core/guard.ts';
import { answeredText } from './answered-text.ts';
import type { FindFaults, SchemaFault } from './schema-faults.ts';

/** Other texts for those of an answer, by the index of their parts. */
export type RepairedTexts = ReadonlyMap<number, string>;

/** Makes the texts that fail anew; undefined if none does. */
export type Repair = (content: GuardContent, context: GuardContext, asking: Asking) => Promise<RepairedTexts> | undefined;

/** Of the answer alone: a second one is neither a stream, nor kept, nor several, nor the rest of another. */
const LEFT_OUT = [
  ...['model', 'stream', 'stream_options', 'n', 'background', 'conversation', 'store', 'logprobs', 'top_logprobs'],
  'continuationToken',
];

/** Sends each text that fails back to the model that wrote it, once, with what is wrong; takes what is right then. */
export function schemaRepair(faults: FindFaults, ask: AskModel): Repair {
  return (content, context, asking) => {
    if (context.operation !== 'chat' && context.operation !== 'responses') return undefined;
    const wrong = faults(content, context);
    return wrong.length === 0
      ? undefined
      : repaired(wrong, content, context, { faults, ask: (question) => answeredText(ask, question, asking) });
  };
}

async function repaired(
  wrong: readonly SchemaFault[],
  { parts }: GuardContent,
  context: GuardContext,
  { faults, ask }: { readonly faults: FindFaults; readonly ask: (question: ModelQuestion) => Promise<string> },
): Promise<RepairedTexts> {
  const texts = new Map<number, string>();
  await Promise.all(
    wrong.map(async (fault) => {
      const text = await ask(withFault(context, fault));
      const part = parts[fault.part];
      if (part !== undefined && faults({ parts: [{ ...part, text }] }, context).length === 0) texts.set(fault.part, text);
    }),
  );
  return texts;
}

function withFault({ operation, params, model }: GuardContext, { text, reason }: SchemaFault): ModelQuestion {
  const rest = Object.fromEntries(Object.entries(params).filter(([name]) => !LEFT_OUT.includes(name)));
  const request = `Your answer does not keep to the JSON Schema: ${reason}. Answer again with the whole corrected JSON and nothing else.`;
  const turns = [
    { role: 'assistant', content: text },
    { role: 'user', content: request },
  ];
  // What the model may do with tools it has done; now it is to answer.
  const choice = Array.isArray(params.tools) && params.tools.length > 0 ? { tool_choice: 'none' } : {};
  if (operation === 'responses') {
    const sent = { ...rest, ...choice, store: false, input: [...inputOf(params.input), ...turns] };
    return { kind: 'repair', operation, model, params: sent };
  }
  const sent = { ...rest, ...choice, messages: [...listOf(params.messages), ...turns] };
  return { kind: 'repair', operation: 'chat', model, params: sent };
}

function inputOf(input: unknown): readonly unknown[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
