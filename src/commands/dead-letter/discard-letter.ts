import { callIdOf } from '../context.ts';
import type { CallContext } from '../context.ts';
import type { Result } from '../result.ts';
import type { DiscardLetterInput } from './inputs.ts';
import type { LetterCode, LetterDeps } from './letters.ts';
import { sayToLetter } from './steer-letter.ts';
import type { OnLetter } from './steer-letter.ts';

/** Closes a letter for good without its record being taken; what is queued behind it goes on. */
export const discardLetter =
  (deps: LetterDeps) =>
  async (
    { letterId, revision }: OnLetter,
    input: DiscardLetterInput,
    context: CallContext,
  ): Promise<Result<null, LetterCode>> => {
    const commandId = callIdOf(deps.ids, context, 'discard', 'letter', letterId);
    const result = await sayToLetter(deps, letterId, { commandId, body: input, context }, () =>
      Promise.resolve({ type: 'DiscardLetter', reason: input.reason, revision: revision ?? null }),
    );
    return result.kind === 'done' ? { ...result, value: null } : result;
  };
