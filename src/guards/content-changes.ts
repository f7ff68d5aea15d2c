import { isRecord } from '../core/json.ts';
import type { Params } from '../core/params.ts';
import type { Passthrough } from '../core/passthrough.ts';
import { type PlacedText, withTexts } from './content/read-texts.ts';
import type { TextChange } from './content/text-run.ts';
import { withoutLogprobs } from './content/without-logprobs.ts';

/** The body that is handed through, with other texts. */
export function withJson(passthrough: Passthrough | undefined, changes: readonly PlacedText[]): Passthrough | undefined {
  if (passthrough?.json === undefined || changes.length === 0) return passthrough;
  return { ...passthrough, json: withTexts(passthrough.json, changes) };
}

/** The params that go to the provider: those of a form, or of a body that is handed through, are what it says. */
export function sentParams(
  params: Params,
  sentForm: FormData | undefined,
  form: FormData | undefined,
  passthrough: Passthrough | undefined,
  changes: readonly PlacedText[],
): Params {
  if (sentForm !== undefined) return sentForm === form ? params : { ...params, ...textsOf(sentForm) };
  if (passthrough?.json === undefined) return withTexts(params, changes);
  return isRecord(passthrough.json) && changes.length > 0 ? passthrough.json : params;
}

function textsOf(form: FormData): Params {
  return Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'));
}

/** The answer with the texts that were made anew. */
export function repaired<T>(answer: T, changes: readonly TextChange[]): T {
  if (changes.length === 0) return answer;
  return withoutLogprobs(
    withTexts(
      answer,
      changes.map(({ found, text }) => ({ keys: found.keys, text })),
    ),
  );
}
