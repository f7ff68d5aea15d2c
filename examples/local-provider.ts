import type { Provider, UpstreamRequest } from 'tollgate';

/** A provider of this process: every chat completion is answered with the text that `reply` gives. */
export function localProvider(name: string, reply: (request: UpstreamRequest) => string | Promise<string>): Provider {
  return {
    name,
    vendor: 'local',
    supports: (operation) => operation === 'chat',
    capabilities: () => ({ streaming: false }),
    unsupported: () => [],
    async send(request) {
      const message = { role: 'assistant', content: await reply(request), refusal: null };
      const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }];
      const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
      const body = { id: 'chatcmpl-1', object: 'chat.completion', created: 0, model: request.upstreamModel, choices, usage };
      return { kind: 'object', status: 200, headers: {}, body };
    },
    classify: (error) => ({ kind: 'transient', code: 'local_error', message: String(error), reachedProvider: true }),
  };
}
