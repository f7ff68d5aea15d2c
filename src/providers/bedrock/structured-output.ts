import type { ChatParams } from '../../core/chat.ts';
import type { ToolPlan } from '../chat/tool-plan.ts';
import { closeSchema } from '../close-schema.ts';
import { toObjectSchema } from '../object-schema.ts';
import type { BedrockModel } from './models.ts';
import type { Json, OutputConfig } from './wire-types.ts';

/** How a `response_format` is brought about. */
export type StructuredOutput =
  | { readonly kind: 'text' }
  | { readonly kind: 'native'; readonly textFormat: OutputConfig['textFormat'] }
  /** A tool whose input is the answer; `beside` tells whether the model may call the caller's tools instead. */
  | {
      readonly kind: 'tool';
      readonly name: string;
      readonly description: string;
      readonly schema: Json;
      readonly beside: 'nothing' | 'tools';
    }
  | { readonly kind: 'unavailable' };

const TEXT: StructuredOutput = { kind: 'text' };
const UNAVAILABLE: StructuredOutput = { kind: 'unavailable' };

/** Pure, so that the answer's translation finds out the same as the request's did. */
export function structuredOutput(params: ChatParams, plan: ToolPlan, model: BedrockModel): StructuredOutput {
  const format = params.response_format;
  if (!format || format.type === 'text') return TEXT;
  const definition = format.type === 'json_schema' ? format.json_schema : undefined;
  // Bedrock checks a schema against a subset of JSON Schema before the model sees it, whatever the model (user guide, "Get
  // validated JSON results from models"); it is the one that Anthropic takes.
  const closed = definition?.schema && model.textFormat ? closeSchema(definition.schema) : undefined;
  if (definition && closed) return { kind: 'native', textFormat: toTextFormat(definition.name, definition.description, closed) };
  if (model.toolChoice === 'auto') return UNAVAILABLE;
  const mayCall = plan.tools.length > 0 && plan.choice !== 'none';
  // The answer has to be a call of the caller's tools then, and has no text to be formatted.
  if (mayCall && plan.choice !== 'auto') return TEXT;
  return {
    kind: 'tool',
    name: freeName(plan),
    description: definition?.description || 'Give the answer with this tool.',
    schema: (definition?.schema ? toObjectSchema(definition.schema) : { type: 'object' }) as { [key: string]: Json },
    beside: mayCall ? 'tools' : 'nothing',
  };
}

function toTextFormat(name: string, description: string | undefined, schema: object): OutputConfig['textFormat'] {
  const jsonSchema = { name, schema: JSON.stringify(schema), ...(description ? { description } : {}) };
  return { type: 'json_schema', structure: { jsonSchema } };
}

function freeName(plan: ToolPlan): string {
  let name = 'json';
  while (plan.tools.some((tool) => tool.function.name === name)) name += '_';
  return name;
}
