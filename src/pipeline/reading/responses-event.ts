import type { ToolCallDelta } from '../../core/chat.ts';

export const NO_CALLS: readonly ToolCallDelta[] = [];

/** Statuses of a response that has ended. */
export const ENDS: ReadonlySet<unknown> = new Set(['completed', 'incomplete', 'failed', 'cancelled']);

/** An event of the Responses API, as far as it is looked at. */
export interface ResponsesEvent {
  type?: string;
  delta?: unknown;
  output_index?: number;
  item?: { type?: string; call_id?: string; name?: string; arguments?: string };
  response?: { status?: string; usage?: unknown; background?: boolean | null; incomplete_details?: { reason?: unknown } | null };
}

/** Items of text completions, speech, transcriptions and images. */
export interface OtherItem {
  type?: string;
  usage?: unknown;
  delta?: unknown;
  text?: string;
  audio?: unknown;
  b64_json?: unknown;
  url?: unknown;
  choices?: { text?: string; finish_reason?: string | null }[];
}
