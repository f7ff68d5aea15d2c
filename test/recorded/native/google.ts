import type { Exchange } from '../../support/fixtures.ts';
import type { Said, SaidCall } from '../said.ts';
import { sseData } from './server-sent-events.ts';

interface PartialArg {
  jsonPath: string;
  stringValue?: string;
  numberValue?: number;
  boolValue?: boolean;
}
interface Part {
  text?: string;
  thought?: boolean;
  functionCall?: { id?: string; name?: string; args?: unknown; partialArgs?: PartialArg[] };
}
interface Answer {
  candidates?: { content?: { parts?: Part[] }; finishReason?: string | number }[];
  usageMetadata?: Record<string, number | undefined>;
}

// The number is the same reason in the encoding with numeric enums.
const FINISHES: Readonly<Record<string, string>> = { STOP: 'stop', MAX_TOKENS: 'length', 2: 'length' };

/** What a recording of generateContent or streamGenerateContent says. */
export function saidByGemini({ response }: Exchange): Said {
  const answers = response.sse ? (sseData(response.sse) as Answer[]) : [response.body as Answer];
  const parts = answers.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
  const calls = callsOf(parts);
  const finish = answers.flatMap(({ candidates }) => candidates?.[0]?.finishReason ?? []).at(-1) ?? '';
  const join = (thought: boolean) =>
    parts
      .filter((part) => (part.thought ?? false) === thought)
      .map(({ text }) => text ?? '')
      .join('');
  const usage = answers.at(-1)?.usageMetadata ?? {};
  const thoughts = usage.thoughtsTokenCount ?? 0;
  return {
    choices: [
      {
        text: join(false),
        reasoning: join(true),
        calls,
        finish: calls.length > 0 ? 'tool_calls' : (FINISHES[finish] ?? `${finish}`),
      },
    ],
    usage: {
      input: usage.promptTokenCount === undefined ? undefined : usage.promptTokenCount + (usage.toolUsePromptTokenCount ?? 0),
      output: (usage.candidatesTokenCount ?? 0) + thoughts,
      cached: usage.cachedContentTokenCount ?? 0,
      reasoning: thoughts,
    },
  };
}

/** Calls come whole, or by name first and then in pieces of their arguments. */
function callsOf(parts: readonly Part[]): SaidCall[] {
  const calls: SaidCall[] = [];
  for (const { functionCall: call } of parts) {
    if (call?.name) calls.push({ id: call.id, name: call.name, arguments: call.args ?? {} });
    const open = calls.at(-1);
    for (const piece of call?.partialArgs ?? []) if (open) open.arguments = put(open.arguments, stepsOf(piece.jsonPath), piece);
  }
  return calls;
}

/** `$.recipe.steps[1]` as the names and places that lead there. */
function stepsOf(path: string): (string | number)[] {
  return [...path.matchAll(/\.(\w+)|\[(\d+)\]/g)].map(([, name, place]) => name ?? Number(place));
}

function put(target: unknown, [step, ...rest]: (string | number)[], piece: PartialArg): unknown {
  if (step === undefined)
    return piece.stringValue === undefined
      ? (piece.numberValue ?? piece.boolValue ?? null)
      : `${target ?? ''}${piece.stringValue}`;
  const holder = (target ?? (typeof step === 'number' ? [] : {})) as Record<string | number, unknown>;
  holder[step] = put(holder[step], rest, piece);
  return holder;
}
