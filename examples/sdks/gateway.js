// The gateway of the examples beside it: a provider that is played, so that they need no key and no network.
import { Gateway } from 'tollgate';
import { scriptedProvider } from 'tollgate/testing';

export const gateway = new Gateway({
  providers: { lab: { provider: scriptedProvider('lab', () => ({ text: 'hello' })) } },
  models: { fast: ['lab/small'] },
});
