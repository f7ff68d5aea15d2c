import { writeFileSync } from 'node:fs';
import { providersDoc } from './providers-doc.ts';

writeFileSync(new URL('../docs/providers.md', import.meta.url), await providersDoc());
