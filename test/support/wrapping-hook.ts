import { register } from 'node:module';

// On a thread of its own, as OpenTelemetry's documentation registers its loader.
register('./wrapping-loader.ts', import.meta.url);
