/**
 * Names under which the price list may know a model, best first. Vendors print more than they list: whole addresses of a
 * model, regions, days and versions, and variants of one price. A name that stands for a model of somebody's own
 * (fine-tuned, imported, provisioned) has no other name: its price is not that of the model it was made from.
 *
 * `listed` is the provider's name in the list.
 */
export function namesOf(listed: string, model: string): readonly string[] {
  const name = model.slice(0, LONGEST_NAME).toLowerCase().trim();
  if (OF_ONES_OWN.test(name)) return listed === 'openai' && name.startsWith('ft:') ? [name] : [];
  const found = new Set<string>();
  for (const form of formsAt(listed, name)) {
    found.add(form);
    const undated = form.replace(DATED, '').replace(RELEASE, '');
    if (undated !== '') found.add(undated);
    if (listed === 'openrouter') found.add(undated.replace(/(\d)-(?=\d)/g, '$1.'));
  }
  return [...found];
}

/** Whether OpenRouter serves the name for nothing: https://openrouter.ai/docs/guides/routing/model-variants/free */
export function isFreeVariant(listed: string, model: string): boolean {
  return listed === 'openrouter' && model.endsWith(':free');
}

/** Longer than any name in use; a pattern of the list never sees more. */
const LONGEST_NAME = 256;

/**
 * Fine-tuned models of OpenAI and Mistral (the list has OpenAI's by their own prefix), of Gemini, of Vertex AI's
 * endpoints, and what Bedrock hosts for one account: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
 */
const OF_ONES_OWN =
  /^ft:|^tunedmodels\/|^(?:projects\/[^/]+\/locations\/[^/]+\/)?endpoints\/|^arn:[\w-]+:bedrock:[^:]*:[^:]*:(?!foundation-model\/|inference-profile\/)/;

/** `-2026-04-14`, `-20260414`, `@20260414`, `@default`. */
const DATED = /(?:-20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])|@(?:20\d{6}|default|latest))$/;

/** Version and context of a Bedrock name: `-v1:0`, `:0`, `:0:300k`. */
const RELEASE = /(?:-v\d+)?:\d+(?::\d+k)?$|-v\d+$/;

function formsAt(listed: string, name: string): readonly string[] {
  switch (listed) {
    case 'aws': {
      const model = name.slice(name.lastIndexOf('/') + 1);
      return [name.startsWith('arn:') ? model : name, model.replace(GEOGRAPHY, '')];
    }
    case 'google': {
      const model = name.replace(/^(?:.*\/)?models\//, '').replace(/^google\//, '');
      return [model, model.replace('@', '-')];
    }
    case 'openrouter':
      return [name, name.replace(/:(?:nitro|floor|exacto|online|thinking|batch|extended|beta)$/, '')];
    case 'fireworks':
      return name.includes('/') ? [name] : [name, `accounts/fireworks/models/${name}`];
    case 'deepseek':
      return [name, DEEPSEEK_NAMES.get(name) ?? name];
    default:
      return [name, name.replace(/^models\//, '')];
  }
}

/** Prefixes of Bedrock's inference profiles; the list prices the bare name as one region. */
const GEOGRAPHY = /^(?:global|us-gov|us|eu|apac|au|jp|ca|in|sa|me|af|mx)\.(?=[a-z0-9]+\.)/;

/** The list's name of what DeepSeek bills as Flash: https://api-docs.deepseek.com/quick_start/pricing */
const DEEPSEEK_NAMES: ReadonlyMap<string, string> = new Map([['deepseek-flash', 'deepseek-v4-flash']]);
