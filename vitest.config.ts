import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { dashboardPage } from './scripts/dashboard-page.ts';

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  plugins: [dashboardPage(fileURLToPath(new URL('.', import.meta.url)))],
  resolve: {
    alias: [
      { find: /^tollgate\/testing$/, replacement: source('testing/index.ts') },
      { find: /^tollgate\/redis$/, replacement: source('stores/redis/index.ts') },
      { find: /^tollgate\/sqlite$/, replacement: source('stores/sqlite.ts') },
      { find: /^tollgate\/otel$/, replacement: source('otel/index.ts') },
      { find: /^tollgate\/log$/, replacement: source('log/index.ts') },
      { find: /^tollgate\/dashboard$/, replacement: source('dashboard/index.ts') },
      { find: /^tollgate$/, replacement: source('index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Loads what else comes with the first call.
    setupFiles: ['src/testing/index.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    execArgv: ['--unhandled-rejections=strict'],
  },
});
