import { Part } from '../core/part.ts';

/** Bottleneck, for deployments that only take so many attempts at a time. */
export const limiter = new Part('bottleneck', async () => (await import('bottleneck/light.js')).default);
