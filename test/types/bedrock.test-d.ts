/** Checked by the compiler only: what this wire sends is what AWS's client would, and what that reads is what this wire reads. */
import type { ConverseCommandInput, ConverseResponse, ConverseStreamOutput, TokenUsage } from '@aws-sdk/client-bedrock-runtime';
import type {
  ContentBlockDelta,
  ContentBlockStart,
  ConverseRequest,
  MessageStop,
  Metadata,
  ConverseResponse as OwnResponse,
  TokenUsage as OwnUsage,
} from '../../src/providers/bedrock/wire-types.ts';

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

type Assignable<From extends To, To> = From;

// The model's id goes into the path.
export type Request = Assignable<ConverseRequest, AsJson<Omit<ConverseCommandInput, 'modelId'>>>;

export type Answer = [Assignable<TokenUsage, OwnUsage>, Assignable<AsJson<ConverseResponse>, OwnResponse>];

/** Payload of one of the stream's events. Pieces of a tool's input are text, whatever `AsJson` leaves open. */
type Payload<Name extends keyof ConverseStreamOutput> = AsJson<NonNullable<ConverseStreamOutput[Name]>>;
type Events = Required<{ [Name in keyof ConverseStreamOutput]: Payload<Name> }>;

export type Stream = [
  Assignable<Events['contentBlockStart'], ContentBlockStart>,
  Assignable<Omit<Events['contentBlockDelta'], 'delta'>, Omit<ContentBlockDelta, 'delta'>>,
  Assignable<
    Pick<NonNullable<Events['contentBlockDelta']['delta']>, 'text' | 'reasoningContent' | 'citation'>,
    Omit<NonNullable<ContentBlockDelta['delta']>, 'toolUse'>
  >,
  Assignable<Events['messageStop'], MessageStop>,
  Assignable<Events['metadata'], Metadata>,
];
