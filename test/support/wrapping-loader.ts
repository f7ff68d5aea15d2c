import { readFileSync } from 'node:fs';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Modules are wrapped as import-in-the-middle does it for OpenTelemetry's automatic instrumentation. */
const WRAPPED = '?wrapped';
const IS_WRAPPED = /\/src\/.*\.ts$|\/(openai|@opentelemetry)\/.*\.mjs$/;

/** Whoever imports one of the modules gets another one in its place, which imports it. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await next(specifier, context);
  const isByWrapper = context.parentURL?.endsWith(WRAPPED) === true;
  if (isByWrapper || !IS_WRAPPED.test(resolved.url)) return resolved;
  return { ...resolved, url: `${resolved.url}${WRAPPED}` };
};

export const load: LoadHook = async (url, context, next) => {
  if (!url.endsWith(WRAPPED)) return next(url, context);
  const real = url.slice(0, -WRAPPED.length);
  const hasDefault = /\bexport default\b|\bas default\b/.test(readFileSync(fileURLToPath(real), 'utf8'));
  const source = `
    import * as real from ${JSON.stringify(real)};
    export * from ${JSON.stringify(real)};
    ${hasDefault ? 'const own = real.default; export { own as default };' : ''}
    globalThis.wrappedModules = (globalThis.wrappedModules ?? 0) + 1;`;
  return { format: 'module', source, shortCircuit: true };
};
