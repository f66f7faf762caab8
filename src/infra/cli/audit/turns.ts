import type { SeenEvent } from '../../../domain/checkpoint.ts';
import type { Finding } from './heads.ts';

/** Whether the events of each stream stand behind one another in the log: a chain is checked wherever they stand. */
type Turns = {
  /** The next event in the log's order. */
  readonly seen: (event: SeenEvent) => void;
  readonly flaws: () => readonly Finding[];
};

const SHOWN = 100;

export const turnsOf = (): Turns => {
  const last = new Map<string, number>();
  const flaws: Finding[] = [];
  return {
    seen: ({ stream, revision }) => {
      const before = last.get(stream) ?? -1;
      last.set(stream, revision);
      if (revision === before + 1 || flaws.length === SHOWN) return;
      const detail = `it stands behind revision ${String(before)} in the log`;
      flaws.push({ stream, revision, detail });
    },
    flaws: () => flaws,
  };
};
