// A response cache: a call that was asked before costs nothing, and teams share nothing.
import { Gateway, routeOf } from 'tollgate';
import { startUpstream } from './upstream.ts';

const upstream = await startUpstream('lab');
const gateway = new Gateway({
  providers: { lab: { type: 'openai-compatible', apiKey: 'key', baseURL: upstream.baseURL } },
  models: { assistant: [{ provider: 'lab', model: 'small', price: { input: 100, output: 400 } }] },
  cache: { ttl: '1h', scope: 'team' },
});
const params = { model: 'assistant', messages: [{ role: 'user' as const, content: 'hello' }] };

async function ask(team: string, cache?: false | { refresh: boolean }): Promise<void> {
  const { cache: use, costUsd } = routeOf(await gateway.for({ team }).chat.completions.create(params, { cache })) ?? {};
  console.log(`${team}: ${use?.hit ?? 'not asked'}, ${costUsd === 0 ? 'free' : 'charged'}`);
}

await ask('search');
await ask('search');
await ask('ads');
await ask('search', { refresh: true });
await ask('search', false);

await gateway.close();
upstream.close();
