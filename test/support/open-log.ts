import { onTestFinished } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { freshDirectory } from './fresh-directory.ts';

/** An embedded log of its own for a test, closed when that is over. */
export const openLog = async (options: { readonly clock?: { readonly now: () => number } } = {}) => {
  const store = await embeddedEventStore({ dataDir: freshDirectory(), ...options });
  onTestFinished(() => store.close());
  return store;
};
