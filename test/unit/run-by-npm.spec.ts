import { afterEach, expect, it, vi } from 'vitest';
import { isRunByNpm } from '../../src/config.ts';

const PROGRAM = process.argv[1] ?? '';

afterEach(() => vi.unstubAllEnvs());

it.each([`node ${PROGRAM}`, `node ${PROGRAM} --flag`, "'skald'", '"skald" serve'])(
  'ends with npm where the script is the server: %s',
  (script) => {
    vi.stubEnv('npm_lifecycle_script', script);
    expect(isRunByNpm()).toBe(true);
  },
);

it.each([
  undefined,
  'sh up.sh',
  'node harness.js',
  `setsid node ${PROGRAM}`,
  `node ${PROGRAM} &`,
  `node ${PROGRAM} & wait-on`,
  'vitest run',
])('outlives a script that only started it: %s', (script) => {
  vi.stubEnv('npm_lifecycle_script', script);
  expect(isRunByNpm()).toBe(false);
});
