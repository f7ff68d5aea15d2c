import type { Operation } from '../../core/operation.ts';
import { decodedPath, plainPath } from '../../core/plain-path.ts';
import { InvalidParamsError } from '../../errors/invalid-params-error.ts';
import { isObject } from './copy-params.ts';

/** OpenAI's endpoints that name a model, by their path below the base URL. */
const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['/chat/completions', 'chat'],
  ['/responses', 'responses'],
  ['/completions', 'completions'],
  ['/embeddings', 'embeddings'],
  ['/images/generations', 'images.generate'],
  ['/images/edits', 'images.edit'],
  ['/images/variations', 'images.variation'],
  ['/audio/speech', 'audio.speech'],
  ['/audio/transcriptions', 'audio.transcription'],
  ['/audio/translations', 'audio.translation'],
  ['/moderations', 'moderations'],
]);

/** What a request asks for, however its path is spelled; everything that names no model is handed through. */
export function operationOf(method: string, path: string): Operation {
  if (method === 'POST') return OPERATIONS.get(path) ?? OPERATIONS.get(plainPath(path)) ?? 'passthrough';
  if (method !== 'GET') return 'passthrough';
  const plain = plainPath(path);
  return plain === '/models' || plain.startsWith('/models/') ? 'models' : 'passthrough';
}

/**
 * What a call asks for, its body seen: a response of a stored prompt, or after another one, names no model. What the gateway
 * does not tell of models itself is handed through.
 */
export function operationFor(method: string, path: string, body: unknown): Operation {
  const operation = operationOf(method, path);
  if (operation === 'models') return 'passthrough';
  return operation === 'responses' && isObject(body) && (body.model ?? undefined) === undefined ? 'passthrough' : operation;
}

/** Whether a request is for one of the endpoints, by the usual spelling of its path. */
export function isEndpoint(method: string, path: string): boolean {
  return method === 'POST' && OPERATIONS.has(path);
}

/** The known endpoint that a path ends with, wherever it is mounted. */
export function endpointAtEnd(path: string): string | undefined {
  const plain = plainPath(path);
  let longest: string | undefined;
  for (const endpoint of OPERATIONS.keys()) {
    if (plain.endsWith(endpoint) && endpoint.length > (longest?.length ?? 0)) longest = endpoint;
  }
  return longest;
}

// An id may hold slashes, encoded.
const SEGMENT = /^(?!\.{1,2}(?:\/|$))(?!.*\/(?:\.{0,2}(?:\/|$)))[^/\\;?#\p{Cc}][^\\;?#\p{Cc}]*$/u;

/**
 * Checks a path that is handed through: a provider may read another spelling of an endpoint as the endpoint itself,
 * whose model nobody would have authorised. Throws `InvalidParamsError`.
 */
export function checkPassthroughPath(method: string, path: string): void {
  if (method === 'POST' && path === '/responses') return;
  const [first, ...segments] = path.split('/');
  const wellFormed = first === '' && segments.length > 0 && segments.every((segment) => SEGMENT.test(decodedPath(segment) ?? ''));
  if (!wellFormed) throw new InvalidParamsError('path', "expected segments between single slashes, none of them '.' or '..'");
  const endpoint = method === 'POST' ? endpointAtEnd(path) : undefined;
  if (endpoint !== undefined) throw new InvalidParamsError('path', `expected '${endpoint}' itself`);
}
