// The configuration in a file, with variables of the environment; `watch: true` in it loads it again on change.
import { fileURLToPath } from 'node:url';
import { ConfigurationError, Gateway } from 'tollgate';
import { startUpstream } from './upstream.ts';

const upstream = await startUpstream('lab');
process.env.LAB_URL = upstream.baseURL;
const gateway = new Gateway(fileURLToPath(new URL('08-config-file.yaml', import.meta.url)));
const answer = await gateway.chat.completions.create({ model: 'smart', messages: [{ role: 'user', content: 'hello' }] });
console.log(answer.choices[0]?.message.content);

// An update is all or nothing: an invalid configuration changes nothing, and every problem is named.
try {
  gateway.control.update({ providers: { lab: { type: 'openai-compatble' } }, models: { fast: ['lib/small'] } });
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  for (const { path, message } of error.issues) console.log(`${path}: ${message}`);
}
console.log((await gateway.models.list()).data.map(({ id }) => id));
await gateway.close();
upstream.close();
