import type {
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseOutputRefusal,
  ResponseOutputText,
  ResponseReasoningItem,
} from 'openai/resources/responses/responses';
import type { ReasoningDetail, ToolCall } from '../../core/chat.ts';
import { isRecord } from '../../core/json.ts';
import type { Params } from '../../core/params.ts';
import { blocksToSeal, sealReasoning } from './sealed-reasoning.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';
export type MessagePart = ResponseOutputText | ResponseOutputRefusal;
export type Annotation = ResponseOutputText['annotations'][number];
export type Logprob = ResponseOutputText.Logprob;

/**
 * The text as its summary, the blocks with their signatures sealed beside it, so that they come back unchanged. `params` are
 * the caller's.
 */
export function reasoningItem(
  id: string,
  text: string,
  details: readonly ReasoningDetail[],
  status: ItemStatus,
  params: Params,
): ResponseReasoningItem {
  const item: ResponseReasoningItem = {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    status,
  };
  const sealed = sealReasoning(blocksToSeal({ id, text, details }, params));
  if (sealed !== undefined) item.encrypted_content = sealed;
  return item;
}

export function messageItem(id: string, content: MessagePart[], status: ItemStatus): ResponseOutputMessage {
  return { id, type: 'message', role: 'assistant', status, content };
}

export function textPart(text: string, annotations: Annotation[] = [], logprobs: Logprob[] = []): ResponseOutputText {
  return { type: 'output_text', text, annotations, logprobs };
}

/** A call; a Gemini thought signature stands on it as it does in chat. */
export function callItem(id: string, { id: callId, function: called, extra_content }: ToolCall, status: ItemStatus) {
  const item: ResponseFunctionToolCall & Pick<ToolCall, 'extra_content'> = {
    id,
    type: 'function_call',
    call_id: callId,
    name: called.name,
    arguments: called.arguments,
    status,
  };
  if (extra_content) item.extra_content = extra_content;
  return item;
}

/** An image that the model drew, as the item of OpenAI's image tool; undefined if its data is not at hand. */
export function imageItem(id: string, image: unknown): ResponseOutputItem.ImageGenerationCall | undefined {
  const url = isRecord(image) && isRecord(image.image_url) ? image.image_url.url : undefined;
  const result = typeof url === 'string' ? DATA_URL.exec(url)?.[1] : undefined;
  return result === undefined ? undefined : { id, type: 'image_generation_call', status: 'completed', result };
}

const DATA_URL = /^data:image\/[^;,]+;base64,(.*)$/s;

/** Citations of addresses; chat has no other annotations. */
export function toAnnotations(annotations: readonly unknown[] | undefined): Annotation[] {
  const own: Annotation[] = [];
  for (const annotation of annotations ?? []) {
    const citation = isRecord(annotation) ? annotation.url_citation : undefined;
    if (!isRecord(citation) || typeof citation.url !== 'string') continue;
    const { url, title, start_index: start, end_index: end } = citation;
    own.push({
      type: 'url_citation',
      url,
      title: typeof title === 'string' ? title : '',
      start_index: typeof start === 'number' ? start : 0,
      end_index: typeof end === 'number' ? end : 0,
    });
  }
  return own;
}

/** Chat's probabilities; `bytes` may be null there and is a list here. */
export function toLogprobs(logprobs: { content?: readonly unknown[] | null } | null | undefined): Logprob[] {
  const own: Logprob[] = [];
  for (const entry of logprobs?.content ?? []) {
    if (!isRecord(entry)) continue;
    const others = Array.isArray(entry.top_logprobs) ? entry.top_logprobs.filter(isRecord) : [];
    own.push({ ...toLogprob(entry), top_logprobs: others.map(toLogprob) });
  }
  return own;
}

function toLogprob({ token, logprob, bytes }: Readonly<Record<string, unknown>>): Omit<Logprob, 'top_logprobs'> {
  return {
    token: typeof token === 'string' ? token : '',
    logprob: typeof logprob === 'number' ? logprob : 0,
    bytes: Array.isArray(bytes) ? bytes : [],
  };
}
