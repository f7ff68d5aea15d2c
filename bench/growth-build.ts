/**
 * How long it takes to construct a gateway, to update its configuration, and to make a call, as a configuration grows in one
 * thing. Time ten times larger at ten times the size is linear. `npm run build && node bench/growth-build.ts`.
 */
import { Gateway, type GatewayConfig } from 'tollgate';
import { scriptedProvider } from 'tollgate/testing';

const SIZES = [100, 1_000, 10_000];
const CALLS = 300;
const deployment = (model: string) => ({ provider: 'own', model, price: { input: 1, output: 2 } });
const named = <T>(count: number, entry: (place: number) => [string, T]) =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => entry(place)));
const listed = <T>(count: number, item: (place: number) => T) => Array.from({ length: count }, (_, place) => item(place));

/** Of each size a configuration beside its provider, which has a model `asked`. */
const GROWING: Readonly<Record<string, (count: number) => Partial<GatewayConfig>>> = {
  models: (count) => ({
    models: { asked: [deployment('x')], ...named(count, (place) => [`m${place}`, [deployment(`x${place}`)]]) },
  }),
  wildcards: (count) => ({
    models: { asked: [deployment('x')], ...named(count, (place) => [`w${place}-*`, [deployment(`x${place}-*`)]]) },
  }),
  rules: (count) => ({
    models: { asked: [deployment('x')], ...named(count, (place) => [`m${place}`, [deployment('x')]]) },
    access: { rules: listed(count, (place) => ({ match: { team: 'search' }, deny: [`m${place}*`] })) },
  }),
  keys: (count) => ({
    models: { asked: [deployment('x')] },
    access: {
      keys: listed(count, (place) => ({
        id: `key-${place}`,
        hash: `sha256:${place.toString(16).padStart(64, '0')}`,
        caller: { team: `team-${place}` },
      })),
    },
  }),
  fallbacks: (count) => ({
    models: {
      asked: [deployment('x')],
      ...named(count, (place) => [
        `m${place}`,
        { deployments: [deployment(`x${place}`)], ...(place > 0 && { fallbacks: [`m${place - 1}`] }) },
      ]),
    },
  }),
};

for (const [what, grown] of Object.entries(GROWING)) {
  console.log(`\n${what}`);
  for (const size of SIZES) console.log(await measured(grown, size));
}

async function measured(grown: (count: number) => Partial<GatewayConfig>, size: number): Promise<string> {
  const provider = scriptedProvider('own', () => ({ text: 'Hello' }));
  const config = (): GatewayConfig => ({ providers: { own: { provider } }, ...grown(size) });
  const [first, second] = [config(), config()];
  const start = performance.now();
  const gateway = new Gateway(first);
  const built = performance.now();
  await gateway.control.update(second);
  const updated = performance.now();
  const client = gateway.for({ team: 'search' });
  const ask = () => client.chat.completions.create({ model: 'asked', messages: [{ role: 'user', content: 'Hello' }] });
  for (let call = 0; call < CALLS; call += 1) await ask();
  const before = process.cpuUsage();
  for (let call = 0; call < CALLS; call += 1) await ask();
  const { user, system } = process.cpuUsage(before);
  await gateway.close();
  const ms = [built - start, updated - built].map((time) => time.toFixed(1).padStart(8));
  return `${String(size).padStart(9)}   construct ${ms[0]} ms   update ${ms[1]} ms   call ${((user + system) / CALLS).toFixed(0).padStart(4)} µs`;
}
