import type { LetterRow } from '../../projections/dead-letters/read-model.ts';

type Effects = { readonly following: number; readonly heldUp: number };

/**
 * What the order of sequences makes of a selection: how many further letters follow by themselves, and how many of
 * the selected ones have to wait for one that is not selected. `letters`: all that are open in these sequences.
 */
export const sequenceEffects = (letters: readonly LetterRow[], chosen: ReadonlySet<string>): Effects => {
  const bySequence = Map.groupBy(letters, ({ sequence, id }) => sequence ?? id);
  const all = [...bySequence.values()].map((sequence) => effectsIn(sequence, chosen));
  return {
    following: all.reduce((sum, { following }) => sum + following, 0),
    heldUp: all.reduce((sum, { heldUp }) => sum + heldUp, 0),
  };
};

const effectsIn = (letters: readonly LetterRow[], chosen: ReadonlySet<string>): Effects => {
  const inOrder = letters.toSorted((a, b) => (a.place < b.place ? -1 : 1));
  const stopsAt = inOrder.findIndex((letter) => !chosen.has(letter.id) && staysParked(letter));
  const moving = stopsAt < 0 ? inOrder : inOrder.slice(0, stopsAt);
  const firstChosen = moving.findIndex(({ id }) => chosen.has(id));
  const behind = firstChosen < 0 ? [] : moving.slice(firstChosen);
  return {
    following: behind.filter((letter) => !chosen.has(letter.id) && letter.state === 'parked').length,
    heldUp: inOrder.slice(moving.length).filter(({ id }) => chosen.has(id)).length,
  };
};

/** Parked for a cause of its own: it stays until a person acts. One that was only queued goes on by itself. */
const staysParked = ({ state, behind, tries }: LetterRow): boolean =>
  state === 'parked' && (behind === null || tries > 0);
