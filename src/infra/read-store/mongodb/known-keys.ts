import { UnknownCollection } from '../port.ts';
import type { Slot } from '../port.ts';

/** Keys of the slots that this process has used. */
export const knownKeys = () => {
  const known = new Map<string, Map<number, string>>();
  return {
    checked: <Keyed extends Slot & { readonly key: string }>(slot: Keyed): Keyed => {
      const { name, generation, key } = slot;
      const ofName = known.get(name) ?? new Map<number, string>();
      known.set(name, ofName);
      if ((ofName.get(generation) ?? key) !== key)
        throw new UnknownCollection(`another process has made generation ${generation} of ${name} anew`);
      ofName.set(generation, key);
      return slot;
    },
    forget: (name: string): void => void known.delete(name),
  };
};
