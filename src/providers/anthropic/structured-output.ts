import type { ChatParams } from '../../core/chat.ts';
import { closeSchema } from '../close-schema.ts';
import { toObjectSchema } from '../object-schema.ts';
import type { ModelTraits } from './models.ts';
import type { ToolDefinition } from './wire-types.ts';

/** How an answer's JSON is asked for. */
export type StructuredOutput =
  | { kind: 'none' }
  /** `output_config.format`. */
  | { kind: 'native'; schema: Record<string, unknown> }
  /** A tool that takes the answer as its input; its call is turned back into content. */
  | { kind: 'tool'; tool: ToolDefinition }
  | { kind: 'impossible' };

/** Name of the tool that stands for a structured answer. */
export const ANSWER_TOOL = 'structured_answer';

/**
 * Natively if the model can and the schema is one that Anthropic takes; by a forced tool for older models, open schemas
 * and `json_object`, which has no counterpart; impossible if the model also refuses forced tools.
 */
export function planStructuredOutput(params: ChatParams, traits: ModelTraits): StructuredOutput {
  const format = params.response_format;
  if (!format || (format.type !== 'json_schema' && format.type !== 'json_object')) return NONE;
  const described = format.type === 'json_schema' ? format.json_schema : undefined;
  const schema = described?.schema;
  if (schema && traits.structuredOutputs) {
    const closed = closeSchema(schema);
    if (closed) return { kind: 'native', schema: closed };
  }
  if (!traits.forcedTools || traits.capabilities.tools === false) return { kind: 'impossible' };
  return {
    kind: 'tool',
    tool: {
      name: ANSWER_TOOL,
      description: described?.description ?? 'Takes the final answer to the user.',
      input_schema: schema ? toObjectSchema(schema) : { type: 'object' },
    },
  };
}

const NONE: StructuredOutput = { kind: 'none' };
