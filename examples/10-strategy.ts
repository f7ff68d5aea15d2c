// A routing strategy of your own: a pure function that orders the deployments of a call.
import { Gateway, type RoutingStrategy, routeOf } from 'tollgate';
import { localProvider } from './local-provider.ts';

const shortToSmall: RoutingStrategy = {
  name: 'short-to-small',
  order(candidates, health, call) {
    const isShort = JSON.stringify(call.params.messages).length < 200;
    const small = (id: string) => Number(id.endsWith('small') === isShort);
    // Of two that fit equally, the one with fewer attempts under way.
    return candidates.toSorted((a, b) => small(b.id) - small(a.id) || health.inFlight(a.id) - health.inFlight(b.id));
  },
};
const gateway = new Gateway({
  providers: { local: { provider: localProvider('local', () => 'hello') } },
  models: { assistant: { strategy: shortToSmall, deployments: ['local/large', 'local/small'] } },
});

for (const content of ['hello', 'hello '.repeat(100)]) {
  const answer = await gateway.chat.completions.create({ model: 'assistant', messages: [{ role: 'user', content }] });
  console.log(`${content.length} characters: ${routeOf(answer)?.deployment}`);
}
await gateway.close();
