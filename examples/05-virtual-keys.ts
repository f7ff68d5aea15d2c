// A key for each client of your own API: only its digest is in the configuration, and it stands for a caller.
import OpenAI from 'openai';
import { createVirtualKey, Gateway } from 'tollgate';
import { localProvider } from './local-provider.ts';

const { key, hash } = createVirtualKey();
const next = createVirtualKey();
const gateway = new Gateway({
  providers: { local: { provider: localProvider('local', () => 'hello') } },
  models: { fast: ['local/small'] },
  access: {
    keys: [
      { id: 'shop-1', hash, caller: { team: 'shop' }, expiresAt: '2099-12-31' },
      { id: 'shop-2', hash: next.hash, caller: { team: 'shop' } },
    ],
  },
});
gateway.on('request.end', ({ caller, outcome }) => console.log(`${caller.key} of ${caller.team}: ${outcome}`));

// Any OpenAI client with the gateway's handler as its fetch; in a server, mount the handler instead.
const clientWith = (apiKey: string) => new OpenAI({ apiKey, baseURL: 'http://gateway.internal/v1', fetch: gateway.handler });
const params = { model: 'fast', messages: [{ role: 'user' as const, content: 'hello' }] };
await clientWith(key).chat.completions.create(params);
await clientWith(next.key).chat.completions.create(params);
await gateway.for({ key }).chat.completions.create(params);
await clientWith('tg-guessed')
  .models.list()
  .catch((error) => console.log(`${error.status} ${error.code}`));
await gateway.close();
