import type { ReadStore } from '../../src/infra/read-store/port.ts';

/** Fails for good at the n-th call that changes something, before or after it took effect. */
export const dyingStore = (
  store: ReadStore,
  at: number,
  isAfter: boolean,
): ReadStore & { readonly hasDied: () => boolean } => {
  let calls = 0;
  const dying =
    <Given extends readonly unknown[]>(call: (...given: Given) => Promise<void>) =>
    async (...given: Given): Promise<void> => {
      calls += 1;
      if (calls > at || (calls === at && !isAfter)) throw new Error('killed');
      await call(...given);
      if (calls === at) throw new Error('killed');
    };
  return {
    ...store,
    fill: dying(store.fill),
    seal: dying(store.seal),
    switchTo: dying(store.switchTo),
    drop: dying(store.drop),
    write: dying(store.write),
    writeAll: dying(store.writeAll),
    hasDied: () => calls >= at,
  };
};
