import { registerHooks } from 'node:module';

// Lets a child process run code that imports the package by its name, before the package was built.
const source = (path: string) => new URL(`../../src/${path}`, import.meta.url).href;
const SOURCES = new Map([
  ['tollgate', source('index.ts')],
  ['tollgate/testing', source('testing/index.ts')],
  ['tollgate/otel', source('otel/index.ts')],
  ['tollgate/log', source('log/index.ts')],
  ['tollgate/redis', source('stores/redis/index.ts')],
  ['tollgate/sqlite', source('stores/sqlite.ts')],
  ['tollgate/dashboard', source('dashboard/index.ts')],
]);

registerHooks({ resolve: (specifier, context, next) => next(SOURCES.get(specifier) ?? specifier, context) });
