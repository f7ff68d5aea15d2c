import { Part } from '../../core/part.ts';

/** The code that only calls need, which is most of the library. */
export const lineCode = new Part('the line of calls', () => import('./line-of-calls.ts'));
