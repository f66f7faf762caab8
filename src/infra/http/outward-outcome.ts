import type { AnswerOutcome } from '../../commands/task/answer-tasks.ts';
import type { CursorCodec } from './cursor.ts';

/** What became of an answer, as workers see it: its position is a cursor. */
export const outwardOutcome = (cursor: CursorCodec, { position, ...outcome }: AnswerOutcome) => ({
  ...outcome,
  ...(position === undefined ? {} : { position: cursor.encode(position) }),
});
