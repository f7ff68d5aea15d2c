import type {
  Candidate,
  Content,
  FunctionCallingConfig,
  FunctionDeclaration,
  GenerateContentResponse,
  GenerationConfig,
  Part,
  ThinkingConfig,
} from '@google/genai';
import type {
  GeminiCandidate,
  GeminiContent,
  GeminiFunctionCallingConfig,
  GeminiFunctionDeclaration,
  GeminiGenerationConfig,
  GeminiPart,
  GeminiResponse,
  GeminiThinkingConfig,
} from '../../src/providers/google/wire-types.ts';

/** Enums of the SDK as the words they are on the wire. */
type Words<T> = T extends string ? `${T}` : T extends readonly (infer Item)[] ? Words<Item>[] : T extends object ? WordsOf<T> : T;
type WordsOf<T> = { [Key in keyof T]: Words<T[Key]> };

type Assignable<From extends To, To> = From;

// What is sent is what the SDK would send. A schema of the OpenAPI subset is any object here and an interface there.
export type Request = [
  Assignable<GeminiFunctionCallingConfig, Words<FunctionCallingConfig>>,
  Assignable<GeminiThinkingConfig, Words<ThinkingConfig>>,
  Assignable<Omit<GeminiGenerationConfig, 'responseSchema'>, Words<Omit<GenerationConfig, 'responseSchema'>>>,
  Assignable<Omit<GeminiFunctionDeclaration, 'parameters'>, Words<Omit<FunctionDeclaration, 'parameters'>>>,
  // Pieces of arguments only ever come in.
  Assignable<Omit<GeminiPart, 'functionCall'>, Words<Omit<Part, 'functionCall'>>>,
  Assignable<Omit<NonNullable<GeminiPart['functionCall']>, 'partialArgs'>, Words<NonNullable<Part['functionCall']>>>,
];

// What comes is what the SDK would read. Results of functions only ever go out.
export type Response = [
  Assignable<Words<Omit<Part, 'functionResponse'>>, Omit<GeminiPart, 'functionResponse'>>,
  Assignable<Words<Omit<Content, 'parts'>>, Omit<GeminiContent, 'parts'>>,
  Assignable<Words<Omit<Candidate, 'content'>>, Omit<GeminiCandidate, 'content'>>,
  Assignable<Words<Omit<GenerateContentResponse, 'candidates'>>, Omit<GeminiResponse, 'candidates'>>,
];
