// A provider of your own in place of a built-in wire, and middleware around every attempt at it.
import { Gateway, type ProviderMiddleware, routeOf } from 'tollgate';
import { localProvider } from './local-provider.ts';

const shouting: ProviderMiddleware = async (request, context, next) => {
  console.log(`${context.requestId.slice(0, 4)} asks ${request.upstreamModel}`);
  const reply = await next(request, context);
  return { ...reply, headers: { ...reply.headers, 'x-shouted': 'yes' } };
};
const gateway = new Gateway({
  providers: {
    echo: { provider: localProvider('echo', ({ params }) => JSON.stringify(params.messages)), middleware: [shouting] },
    broken: { provider: localProvider('broken', () => Promise.reject(new Error('out of order'))) },
  },
  models: { assistant: ['broken/m', 'echo/m'] },
});

const messages = [{ role: 'user' as const, content: 'hello' }];
const { data, response } = await gateway.chat.completions.create({ model: 'assistant', messages }).withResponse();
console.log(data.choices[0]?.message.content, response.headers.get('x-shouted'));
console.log(routeOf(data)?.attempts.map(({ deployment, failure }) => `${deployment}: ${failure?.message ?? 'ok'}`));
await gateway.close();
