import type { KeyId } from '../../domain/sealed.ts';
import type { SubKeys } from './cipher.ts';

export type FreshKey = { readonly keyId: KeyId; readonly subKeys: SubKeys };

export type KeyPool = {
  /** A key nobody had before; a promise only when the pool is empty. Rejects with what `makeBlock` throws. */
  readonly take: () => FreshKey | Promise<FreshKey>;
  readonly fillInBackground: () => void;
  readonly clear: () => void;
};

const LOW_WATER = 256;

/** Keys made in advance. What is left in it at the end is never handed out by anybody. */
export const keyPool = (makeBlock: () => Promise<readonly FreshKey[]>): KeyPool => {
  const ready: FreshKey[] = [];
  let filling: Promise<void> | undefined;

  const add = async (): Promise<void> => {
    try {
      ready.push(...(await makeBlock()));
    } finally {
      filling = undefined;
    }
  };
  const fill = (): Promise<void> => (filling ??= add());
  const fillInBackground = (): void => {
    // Nobody waits for this fill: whoever finds the pool empty tries again and gets the error.
    fill().catch(() => undefined);
  };
  const takeFilled = async (): Promise<FreshKey> => {
    await fill();
    return take();
  };
  const take = (): FreshKey | Promise<FreshKey> => {
    const key = ready.pop();
    if (ready.length < LOW_WATER) fillInBackground();
    return key ?? takeFilled();
  };
  const clear = (): void => {
    for (const { subKeys } of ready.splice(0)) subKeys.fill(0);
  };
  return { take, fillInBackground, clear };
};
