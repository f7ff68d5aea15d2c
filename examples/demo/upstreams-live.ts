import { type ProviderMiddleware, UpstreamError } from 'tollgate';
import type { Upstreams } from './upstreams.ts';

const CANDIDATES = [
  { name: 'openai', keyVariable: 'OPENAI_API_KEY', model: 'gpt-5-mini' },
  { name: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY', model: 'claude-haiku-4-5' },
  { name: 'google', keyVariable: 'GEMINI_API_KEY', model: 'gemini-2.5-flash' },
] as const;

/** The real providers whose keys are in the environment; the failures of the story are rehearsed before they are reached. */
export function liveUpstreams(environment: Readonly<Record<string, string | undefined>>): Upstreams {
  const found = CANDIDATES.filter(({ keyVariable }) => environment[keyVariable]);
  const missing = CANDIDATES.filter(({ keyVariable }) => !environment[keyVariable]);
  const failures: UpstreamError[] = [];
  const rehearse: ProviderMiddleware = (request, context, next) => {
    const failure = failures.shift();
    return failure ? Promise.reject(failure) : next(request, context);
  };
  const absent = missing.length === 0 ? '' : ` Without a key: ${missing.map(({ name }) => name).join(', ')}.`;
  return {
    intro: `Real providers: ${found.map(({ name }) => name).join(', ')}.${absent}`,
    providers: Object.fromEntries(found.map(({ name }, index) => [name, index === 0 ? { middleware: [rehearse] } : {}])),
    models: found.map(({ name, model }) => `${name}/${model}`),
    keyVariables: CANDIDATES.map(({ keyVariable }) => keyVariable),
    teamBudgetUsd: 0.01,
    callsToRunOut: 25,
    failNext(status, retryAfterSeconds) {
      const headers: Record<string, string> = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
      failures.push(new UpstreamError('status', status, headers, { error: { message: 'rehearsed', code: null } }));
    },
    async close() {},
  };
}
