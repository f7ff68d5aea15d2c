import { writeFileSync } from 'node:fs';
import { configurationDoc } from './configuration-doc.ts';
import { errorsDoc } from './errors-doc.ts';
import { eventsDoc } from './events-doc.ts';

const docs = new URL('../docs/', import.meta.url);
writeFileSync(new URL('configuration.md', docs), configurationDoc());
writeFileSync(new URL('events.md', docs), eventsDoc());
writeFileSync(new URL('errors.md', docs), errorsDoc());
