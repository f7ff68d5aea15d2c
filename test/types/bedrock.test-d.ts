import type {
  ContentBlock as AwsContentBlock,
  ConverseCommandInput,
  ConverseResponse,
  InferenceConfiguration,
  TokenUsage,
  ToolConfiguration,
  ToolSpecification,
} from '@aws-sdk/client-bedrock-runtime';
import type * as Own from '../../src/providers/bedrock/wire-types.ts';

/** The client's shapes as JSON carries them: bytes are base64 text there. Free-form documents are left as they are. */
type AsJson<T> = 0 extends 1 & T
  ? T
  : T extends Uint8Array
    ? string
    : T extends object
      ? string extends keyof T
        ? unknown
        : { [K in keyof T]: K extends 'additionalModelRequestFields' | 'json' | 'input' ? unknown : AsJson<T[K]> }
      : T;

declare const request: Own.ConverseRequest;
declare const response: AsJson<ConverseResponse>;
declare const usage: TokenUsage;

// The model's id goes into the path.
export const sent: AsJson<Omit<ConverseCommandInput, 'modelId'>> = request;
export const counted: Own.TokenUsage = usage;
export const answered: Own.ConverseResponse = response;

type Names<T> = T extends unknown ? keyof T : never;
type Unknown<Ours, Theirs> = Exclude<Names<Ours>, Names<Theirs>>;
declare const unknownNames:
  | Unknown<Own.ConverseRequest, ConverseCommandInput>
  | Unknown<Own.InferenceConfig, InferenceConfiguration>
  | Unknown<Own.ContentBlock, AwsContentBlock>
  | Unknown<Own.ToolConfig, ToolConfiguration>
  | Unknown<Own.ToolSpec['toolSpec'], ToolSpecification>;

// No name of ours is one that the client does not know, as the host would refuse it.
export const none: never = unknownNames;
