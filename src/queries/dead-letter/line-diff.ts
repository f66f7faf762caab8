import { diffLines } from 'diff';
import type { LetterContent, LetterDifference } from '../../projections/dead-letters/read-model.ts';

/** Beyond this many changed lines the two have little in common, and the cost of the shortest way, their square, holds all up. */
const MAX_CHANGES = 500;

/** Line by line from one text to the next; null where one is no text, or they have little in common. */
export const lineDiff = (before: LetterContent | null, after: LetterContent): LetterDifference[] | null => {
  if (before?.encoding !== 'text' || after.encoding !== 'text') return null;
  const changes = diffLines(before.data, after.data, { maxEditLength: MAX_CHANGES });
  return changes?.map(({ added, removed, value }) => ({ kind: kindOf(added, removed), text: value })) ?? null;
};

const kindOf = (isAdded: boolean, isRemoved: boolean): LetterDifference['kind'] => {
  if (isAdded) return 'added';
  return isRemoved ? 'removed' : 'same';
};
