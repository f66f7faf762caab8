import { discardLetter } from './discard-letter.ts';
import { editLetter } from './edit-letter.ts';
import type { EditDeps } from './edit-letter.ts';
import { redriveLetter, redriveLetters } from './redrive-letters.ts';

/** What a person can tell dead letters. */
export const letterCommands = (deps: EditDeps) => ({
  redriveLetter: redriveLetter(deps),
  redriveLetters: redriveLetters(deps),
  editLetter: editLetter(deps),
  discardLetter: discardLetter(deps),
});
