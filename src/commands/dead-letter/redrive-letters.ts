import { cannotBeRead } from '../../domain/damage.ts';
import { reject } from '../../domain/decider.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { Position } from '../../infra/event-store/port.ts';
import { START } from '../../infra/event-store/port.ts';
import { callIdOf } from '../context.ts';
import type { CallContext } from '../context.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import type { Result, Unavailable } from '../result.ts';
import type { RedriveLetterInput } from './inputs.ts';
import { MAX_SELECTED } from './inputs.ts';
import type { LetterCode, LetterDeps } from './letters.ts';
import { sayToLetter } from './steer-letter.ts';
import type { OnLetter } from './steer-letter.ts';

export type Redriven = { readonly redriveId: string };

export type RedrivenMany = Redriven & {
  /** Letters that are to be taken again by this redrive. */
  readonly selected: number;
  /** How many were left as they are, by why. `already_selected`: an earlier redrive will take them. */
  readonly skipped: Readonly<Record<string, number>>;
};

type Letter = Result<Redriven, LetterCode>;
type Looked = Letter | Rejection<'unreadable'>;

const AT_ONCE = 64;

/** Selects one letter; selecting it twice is selecting it once. The redriver takes it when its turn has come. */
export const redriveLetter =
  (deps: LetterDeps) =>
  (on: OnLetter, input: RedriveLetterInput, context: CallContext): Promise<Letter> =>
    select(deps, on, { redriveId: callIdOf(deps.ids, context, 'redrive'), input, context });

/**
 * Selects many letters, at most 10,000, as one redrive. Where it ends early (`unavailable`) some are selected: the
 * same call with the same Idempotency-Key goes on with the rest, in the same redrive.
 */
export const redriveLetters =
  (deps: LetterDeps) =>
  async (
    letterIds: readonly string[],
    input: RedriveLetterInput,
    context: CallContext,
  ): Promise<Result<RedrivenMany, LetterCode>> => {
    if (letterIds.length > MAX_SELECTED)
      return reject('too_large', `a redrive selects at most ${String(MAX_SELECTED)} letters`);
    const redrive = { redriveId: callIdOf(deps.ids, context, 'redrive'), input, context };
    const results: Looked[] = [];
    for (let start = 0; start < letterIds.length; start += AT_ONCE) {
      const slice = letterIds.slice(start, start + AT_ONCE);
      const some = await Promise.all(slice.map((letterId) => selectOneOf(deps, letterId, redrive)));
      const stop = some.find(isFinal);
      if (stop !== undefined) return stop;
      results.push(...some);
    }
    return summary(redrive.redriveId, results);
  };

/** One that cannot be read is left as it is, and keeps no other from being selected. */
const selectOneOf = async (deps: LetterDeps, letterId: string, selection: Selection): Promise<Looked> => {
  try {
    return await select(deps, { letterId }, selection);
  } catch (error) {
    if (!cannotBeRead(error)) throw error;
    return reject('unreadable', `${letterId} cannot be read`);
  }
};

/** What no other letter would answer otherwise. */
const isFinal = (result: Looked): result is Unavailable | Rejection<'idempotency_key_reused'> =>
  result.kind === 'unavailable' || (result.kind === 'rejected' && result.code === 'idempotency_key_reused');

const summary = (redriveId: string, results: readonly Looked[]): Result<RedrivenMany, LetterCode> => {
  const skipped: Record<string, number> = {};
  let selected = 0;
  let position: Position = START;
  let replayed = results.length > 0;
  for (const result of results) {
    const why = whyNot(redriveId, result);
    if (why === undefined) selected += 1;
    else skipped[why] = (skipped[why] ?? 0) + 1;
    if (result.kind !== 'done') continue;
    if (result.position > position) position = result.position;
    replayed &&= result.replayed;
  }
  return { kind: 'done', value: { redriveId, selected, skipped }, position, replayed };
};

/** Whoever asks for this redrive learns nothing of a letter that another one takes. */
const whyNot = (redriveId: string, result: Looked): string | undefined => {
  if (result.kind !== 'done') return result.code;
  // A call that is repeated says what the first one said, whoever has selected the letter since.
  return result.replayed || result.value.redriveId === redriveId ? undefined : 'already_selected';
};

type Selection = {
  readonly redriveId: string;
  readonly input: RedriveLetterInput;
  readonly context: CallContext;
};

const select = async (
  deps: LetterDeps,
  { letterId, revision }: OnLetter,
  { redriveId, input, context }: Selection,
): Promise<Letter> => {
  const { perSecond, reason } = input;
  const commandId = commandIdOf('redrive', redriveId, letterId);
  const body = { perSecond, reason: reason ?? null };
  const result = await sayToLetter(deps, letterId, { commandId, body, context }, () =>
    Promise.resolve({
      type: 'SelectLetter',
      selection: { redriveId, perSecond, reason: reason ?? null },
      revision: revision ?? null,
    }),
  );
  if (result.kind !== 'done') return result;
  const { state } = result.value;
  return { ...result, value: { redriveId: (state.kind === 'letter' ? state.redriveId : null) ?? redriveId } };
};
