import type { ChatParams } from '../../core/chat.ts';
import type { Params } from '../../core/params.ts';
import { readChatParams } from '../chat/read-params.ts';
import type { NativeForms } from '../chat/read-tools.ts';
import { isNativeChoice, isNativeTool } from './native-forms.ts';

const NATIVE_FORMS: NativeForms = { isTool: isNativeTool, isChoice: isNativeChoice };

/** The params as this wire reads them; throws `RequestInvalid` if they are malformed. */
export function toChatParams(params: Params): ChatParams {
  return readChatParams(params, NATIVE_FORMS);
}
