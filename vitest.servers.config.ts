import { defineConfig } from 'vitest/config';

/** What needs real servers: `npm run test:servers`. One file at a time, each server is started once per file. */
export default defineConfig({
  test: {
    name: 'servers',
    include: ['test/servers/**/*.spec.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    setupFiles: ['test/support/fail-on-unhandled.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
