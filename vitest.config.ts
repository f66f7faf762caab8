import { defineConfig } from 'vitest/config';

const layers = ['unit', 'property', 'golden', 'contracts', 'http', 'faults', 'sdk', 'simulation'];

const projectOf = (layer: string) => ({
  extends: true as const,
  test: { name: layer, include: [`test/${layer}/**/*.spec.ts`] },
});

export default defineConfig({
  test: {
    // Processes, not threads: adapters use worker threads and native handles of their own.
    pool: 'forks',
    maxWorkers: 2,
    setupFiles: ['test/support/fail-on-unhandled.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: layers.map(projectOf),
  },
});
