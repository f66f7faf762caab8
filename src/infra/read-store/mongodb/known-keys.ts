import type { Position } from '../../event-store/port.ts';
import { UnknownCollection } from '../port.ts';
import type { Slot } from '../port.ts';

type Found = Slot & { readonly key: string; readonly checkpoint: Position | null };
type Known = { readonly key: string; readonly checkpoint: Position };

/** The slots that this process has used: their keys, and how far each was seen to be. */
export const knownKeys = () => {
  const known = new Map<string, Map<number, Known>>();
  return {
    /**
     * What `read` finds of a slot. @throws UnknownCollection where it is another one than this process has used, or the
     * same as it was before.
     */
    checked: async <Each extends Found>(
      { name, generation }: Slot,
      read: () => Promise<Each>,
    ): Promise<Each> => {
      const ofName = known.get(name) ?? new Map<number, Known>();
      known.set(name, ofName);
      // Known before the reading began: two readings may end in any order.
      const before = ofName.get(generation)?.checkpoint ?? '';
      const found = await read();
      const checkpoint = found.checkpoint ?? '';
      const latest = ofName.get(generation) ?? { key: found.key, checkpoint: '' };
      if (latest.key !== found.key)
        throw new UnknownCollection(`another process has made generation ${generation} of ${name} anew`);
      if (checkpoint < before)
        throw new UnknownCollection(`an earlier state of generation ${generation} of ${name} was restored`);
      ofName.set(generation, { key: found.key, checkpoint: later(latest.checkpoint, checkpoint) });
      return found;
    },
    /** The slot is this far now, unless it is gone. */
    reached: ({ name, generation, key }: Found, checkpoint: Position): void => {
      const ofName = known.get(name);
      const latest = ofName?.get(generation);
      if (latest?.key === key && latest.checkpoint < checkpoint) ofName?.set(generation, { key, checkpoint });
    },
    forget: (name: string): void => void known.delete(name),
  };
};

const later = (one: Position, other: Position): Position => (one < other ? other : one);
