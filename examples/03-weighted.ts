// Three quarters of the calls to one deployment, a quarter to the other; a seeded random makes it repeatable.
import { Gateway, type Provider } from 'tollgate';
import { localProvider } from './local-provider.ts';

let state = 7;
const random = () => {
  state = (state * 16_807) % 2_147_483_647;
  return state / 2_147_483_647;
};
const provider: Provider = localProvider('local', ({ upstreamModel }) => upstreamModel);
const gateway = new Gateway({
  providers: { local: { provider } },
  models: {
    assistant: {
      strategy: 'weighted',
      deployments: [
        { provider: 'local', model: 'large', weight: 3 },
        { provider: 'local', model: 'small', weight: 1 },
      ],
    },
  },
  random,
});

const counts = new Map<string, number>();
for (let call = 0; call < 400; call += 1) {
  const answer = await gateway.chat.completions.create({ model: 'assistant', messages: [{ role: 'user', content: 'hello' }] });
  const model = answer.choices[0]?.message.content ?? '';
  counts.set(model, (counts.get(model) ?? 0) + 1);
}
const share = (counts.get('large') ?? 0) / 400;
console.log(`large served about three quarters: ${Math.abs(share - 0.75) < 0.06}`);
await gateway.close();
