// Who may use what: rules are asked for every candidate, fallback and hedge, by whatever name a model is called.
import { AccessDeniedError, Gateway } from 'tollgate';
import { localProvider } from './local-provider.ts';

const gateway = new Gateway({
  providers: { local: { provider: localProvider('local', ({ upstreamModel }) => upstreamModel) } },
  models: { fast: ['local/small'], smart: ['local/large'] },
  access: {
    rules: [
      { match: { team: 'intern' }, allow: ['fast'] },
      { match: { region: 'eu*' }, deny: ['local/large'] },
    ],
  },
});

async function attempt(caller: Record<string, string>, model: string): Promise<string> {
  try {
    await gateway.for(caller).chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] });
    return 'allowed';
  } catch (error) {
    if (error instanceof AccessDeniedError) return `${error.status} ${error.code}`;
    throw error;
  }
}

for (const model of ['fast', 'smart', 'local/large']) console.log(`intern ${model}: ${await attempt({ team: 'intern' }, model)}`);
console.log(`eu-west smart: ${await attempt({ region: 'eu-west' }, 'smart')}`);
console.log(`anybody smart: ${await attempt({}, 'smart')}`);
const { data } = await gateway.for({ team: 'intern' }).models.list();
console.log(`models of an intern: ${data.map(({ id }) => id)}`);
await gateway.close();
