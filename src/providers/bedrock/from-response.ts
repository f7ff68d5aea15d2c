import type { ChatAnswerMessage, ChatCompletion, ChatParams, FinishReason, ReasoningDetail, ToolCall } from '../../core/chat.ts';
import { wholeArguments } from '../arguments-text.ts';
import { toolPlan } from '../chat/tool-plan.ts';
import { distinctCalls } from '../distinct-calls.ts';
import { saysError } from '../error-body.ts';
import { meaningOfFinish } from '../meaning-of-finish.ts';
import { refuseBroken } from '../refuse-broken.ts';
import { charactersOf } from '../reported-usage.ts';
import { toolCallId } from '../tool-call-id.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import { type BedrockModel, bedrockModel } from './models.ts';
import { reasoningFormat } from './reasoning-blocks.ts';
import { structuredOutput } from './structured-output.ts';
import { tierFields, toUsage } from './usage.ts';
import type { AnswerBlock, Citation, ConverseResponse, TokenUsage } from './wire-types.ts';

/** More calls in one answer are a fault of the model's host, not a wish of the model. */
export const MOST_TOOL_CALLS = 128;

export function fromConverse(body: unknown, exchange: WireExchange): ChatCompletion {
  const answer = (typeof body === 'object' && body !== null ? body : {}) as ConverseResponse & { message?: unknown };
  // What a filter withheld may have no blocks.
  const isWithheld = meaningOfFinish(answer.stopReason ?? '') === 'content_filter';
  const blocks = answer.output?.message?.content ?? (isWithheld ? [] : undefined);
  if (!Array.isArray(blocks)) {
    const reason = saysError(answer) ? 'error-in-answer' : 'not-an-answer';
    throw new UpstreamError(reason, exchange.status, exchange.headers, body);
  }
  refuseBroken(answer.stopReason, 'error-in-answer', body, exchange);
  const form = answerForm(exchange);
  const collected = collect(blocks, form, exchange, answer.usage);
  const finish = finishReason(answer.stopReason, collected.calls.length > 0);
  const message = toMessage(collected, form);
  const usage = toUsage(answer.usage, charactersOf(message));
  return {
    id: form.id,
    object: 'chat.completion',
    created: exchange.createdSeconds,
    model: form.model,
    choices: [
      {
        index: 0,
        message,
        finish_reason: form.legacy && finish === 'tool_calls' ? 'function_call' : finish,
        native_finish_reason: answer.stopReason ?? null,
        logprobs: null,
      },
    ],
    ...(usage ? { usage } : {}),
    ...tierFields(answer.serviceTier?.type, usage),
  };
}

/** What an answer's translation has to know of its request. */
export interface AnswerForm {
  readonly id: string;
  readonly model: string;
  readonly family: BedrockModel;
  /** The tool whose input is the answer itself. */
  readonly jsonTool: string | undefined;
  readonly legacy: boolean;
}

export function answerForm({ request, headers, requestId }: WireExchange): AnswerForm {
  const params = request.params as ChatParams;
  const family = bedrockModel(request.upstreamModel);
  const plan = toolPlan(params);
  const output = structuredOutput(params, plan, family);
  return {
    id: `chatcmpl-${headers['x-amzn-requestid'] ?? requestId}`,
    model: request.upstreamModel,
    family,
    jsonTool: output.kind === 'tool' ? output.name : undefined,
    legacy: plan.legacy,
  };
}

interface Collected {
  text: string;
  json: string | undefined;
  thoughts: string;
  details: ReasoningDetail[];
  calls: ToolCall[];
  annotations: unknown[];
}

function collect(
  blocks: readonly AnswerBlock[],
  form: AnswerForm,
  { status, headers }: WireExchange,
  usage: TokenUsage | undefined,
): Collected {
  const collected: Collected = { text: '', json: undefined, thoughts: '', details: [], calls: [], annotations: [] };
  for (const [index, block] of blocks.entries()) {
    if (typeof block.text === 'string') collected.text += block.text;
    else if (block.reasoningContent) addReasoning(block.reasoningContent, index, form, collected);
    else if (block.toolUse) addToolUse(block.toolUse, form, collected);
    else if (block.citationsContent) addCited(block.citationsContent, collected);
  }
  if (collected.calls.length > MOST_TOOL_CALLS) {
    throw new UpstreamError('not-an-answer', status, headers, { usage }, 'more tool calls than any model makes');
  }
  if (collected.calls.some((call) => call.function.name === '')) {
    throw new UpstreamError('not-an-answer', status, headers, { usage }, 'a tool call without a name');
  }
  collected.calls = distinctCalls(collected.calls, form.id, 0);
  return collected;
}

function addReasoning(
  block: NonNullable<AnswerBlock['reasoningContent']>,
  index: number,
  { family }: AnswerForm,
  collected: Collected,
): void {
  const format = reasoningFormat(family);
  if (block.redactedContent) collected.details.push({ type: 'reasoning.encrypted', data: block.redactedContent, format, index });
  if (!block.reasoningText) return;
  const { signature = null } = block.reasoningText;
  const text = typeof block.reasoningText.text === 'string' ? block.reasoningText.text : '';
  collected.thoughts += text;
  collected.details.push({ type: 'reasoning.text', text, signature, format, index });
}

function addToolUse(use: NonNullable<AnswerBlock['toolUse']>, form: AnswerForm, collected: Collected): void {
  // Tools that run at the model's host bring their results themselves.
  if (use.type === 'server_tool_use') return;
  const text = wholeArguments(use.input);
  if (form.jsonTool !== undefined && use.name === form.jsonTool) {
    collected.json = text;
    return;
  }
  const id = use.toolUseId || toolCallId(form.id, 0, collected.calls.length);
  collected.calls.push({ id, type: 'function', function: { name: use.name ?? '', arguments: text } });
}

function addCited({ content, citations }: NonNullable<AnswerBlock['citationsContent']>, collected: Collected): void {
  const start = collected.text.length;
  for (const { text } of content ?? []) collected.text += text ?? '';
  for (const citation of citations ?? []) {
    const annotation = toAnnotation(citation, start, collected.text.length);
    if (annotation) collected.annotations.push(annotation);
  }
}

/** OpenAI's annotations know only sources on the web; citations of the request's own documents have no counterpart. */
export function toAnnotation({ title, location }: Citation, start: number, end: number): object | undefined {
  const url = location?.web?.url;
  if (!url) return undefined;
  return { type: 'url_citation', url_citation: { url, title: title ?? url, start_index: start, end_index: end } };
}

function toMessage({ text, json, thoughts, details, calls, annotations }: Collected, form: AnswerForm): ChatAnswerMessage {
  const content = json ?? text;
  const message: ChatAnswerMessage = {
    role: 'assistant',
    content: content === '' && calls.length > 0 ? null : content,
    refusal: null,
  };
  if (calls.length > 0 && form.legacy) message.function_call = calls[0]?.function;
  else if (calls.length > 0) message.tool_calls = calls;
  if (thoughts !== '') message.reasoning_content = thoughts;
  if (details.length > 0) message.reasoning_details = details;
  if (annotations.length > 0) message.annotations = annotations;
  return message;
}

/** Words without a counterpart (`malformed_tool_use`, …) become `stop`; the native word stands beside it. */
export function finishReason(stopReason: string | undefined, hasCalls: boolean): FinishReason {
  const known = meaningOfFinish(stopReason ?? '');
  const finish = known === undefined || known === 'error' ? 'stop' : known;
  if (finish === 'stop' && hasCalls) return 'tool_calls';
  return finish === 'tool_calls' && !hasCalls ? 'stop' : finish;
}
