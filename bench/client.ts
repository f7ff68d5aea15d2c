/** One client in a process of its own. */
import { answerRounds } from './answer-rounds.ts';
import { callsOf } from './clients.ts';
import type { ClientKind } from './scenarios.ts';
import { AT_ONCE } from './upstream-facts.ts';

const [kind, origin = ''] = process.argv.slice(2) as [ClientKind, string];
answerRounds(await callsOf(kind, origin), await callsOf(kind, `${origin}${AT_ONCE}`));
