import type { ChatParams } from '../../core/chat.ts';
import type { Params } from '../../core/params.ts';
import { RequestInvalid } from '../request-invalid.ts';

/** True where the outer shape is that of a chat call: its lists are lists. */
export function isChatParams(params: Params): params is Params & ChatParams {
  return Array.isArray(params.messages) && isListOrAbsent(params.tools) && isListOrAbsent(params.functions);
}

export function toChatParams(params: Params): ChatParams {
  if (isChatParams(params)) return params;
  const wrong = ['messages', 'tools', 'functions'].find((name) => params[name] && !Array.isArray(params[name]));
  throw new RequestInvalid(wrong ?? 'messages', 'an array');
}

function isListOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || Array.isArray(value);
}
