import { Part } from '../core/part.ts';

export const undici = new Part('undici', () => import('undici'));
