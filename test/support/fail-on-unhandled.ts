// An unhandled rejection or exception anywhere in a spec file fails that file, by name.
import { afterAll, expect } from 'vitest';

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
process.on('uncaughtException', (error) => unhandled.push(error));

afterAll(async () => {
  // Node reports a rejection after the microtasks of the turn it happened in: let that turn end.
  await new Promise(setImmediate);
  expect(unhandled, 'unhandled rejections and uncaught exceptions').toEqual([]);
});
