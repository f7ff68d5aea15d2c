import type { APIPromise } from 'openai/core/api-promise';
import type { ChatCompletionStream, ChatCompletionStreamParams } from 'openai/lib/ChatCompletionStream';
import type { ExtractParsedContentFromParams } from 'openai/lib/parser';
import type {
  ExtractParsedContentFromParams as ExtractFormat,
  ParsedWithOptions,
  ResponseCreateParamsWithTools,
} from 'openai/lib/ResponsesParser';
import type { ResponseStream, ResponseStreamParams } from 'openai/lib/responses/ResponseStream';
import type { Audio } from 'openai/resources/audio/audio';
import type { Speech, SpeechCreateParams } from 'openai/resources/audio/speech';
import type { Chat } from 'openai/resources/chat/chat';
import type { ChatCompletionParseParams, Completions, ParsedChatCompletion } from 'openai/resources/chat/completions/completions';
import type { ModerationCreateParams, ModerationCreateResponse, Moderations } from 'openai/resources/moderations';
import type { ParsedResponse, Responses } from 'openai/resources/responses/responses';
import type { CallOptions, ParseCallOptions } from './openai-fields.ts';

/**
 * The resources of a gateway whose methods take its options of one call. A method of OpenAI's that has one signature has one
 * here: a second one, by merging, would be an overload, and a call of this method or another (`completions[method](…)`) would
 * no longer compile.
 */
export interface GatewayResources {
  chat: ChatResource;
  responses: ResponsesResource;
  moderations: ModerationsResource;
  audio: AudioResource;
}

interface ChatResource extends Chat {
  completions: CompletionsResource;
}

interface CompletionsResource extends Completions {
  parse<Params extends ChatCompletionParseParams, ParsedT = ExtractParsedContentFromParams<Params>>(
    body: Params,
    options?: CallOptions,
  ): APIPromise<ParsedChatCompletion<ParsedT>>;
  stream<Params extends ChatCompletionStreamParams, ParsedT = ExtractParsedContentFromParams<Params>>(
    body: Params,
    options?: CallOptions,
  ): ChatCompletionStream<ParsedT>;
}

interface ResponsesResource extends Responses {
  parse<
    Params extends ResponseCreateParamsWithTools,
    ParsedT = ExtractFormat<Params>,
    Options extends ParseCallOptions = CallOptions,
  >(body: Params, options?: Options): APIPromise<ParsedResponse<ParsedWithOptions<Options, ParsedT>>>;
  stream<Params extends ResponseStreamParams, ParsedT = ExtractFormat<Params>, Options extends ParseCallOptions = CallOptions>(
    body: Params,
    options?: Options,
  ): ResponseStream<ParsedWithOptions<Options, ParsedT>>;
}

interface ModerationsResource extends Moderations {
  create(body: ModerationCreateParams, options?: CallOptions): APIPromise<ModerationCreateResponse>;
}

interface AudioResource extends Audio {
  speech: SpeechResource;
}

interface SpeechResource extends Speech {
  create(body: SpeechCreateParams, options?: CallOptions): ReturnType<Speech['create']>;
}
