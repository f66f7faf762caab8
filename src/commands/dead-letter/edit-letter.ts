import { reject } from '../../domain/decider.ts';
import type { Rejection } from '../../domain/decider.ts';
import { letterStream } from '../../domain/dead-letter/aggregate.ts';
import { valueContext } from '../../domain/dead-letter/seal-context.ts';
import type { Letter } from '../../domain/dead-letter/state.ts';
import type { InRecord } from '../../infra/message-bus/port.ts';
import { callIdOf } from '../context.ts';
import type { CallContext } from '../context.ts';
import type { Result } from '../result.ts';
import type { Poison } from './cause.ts';
import { bytesOf } from './inputs.ts';
import { openRecord } from './letter-content.ts';
import type { EditLetterInput } from './inputs.ts';
import type { LetterCode, LetterDeps } from './letters.ts';
import { sayToLetter } from './steer-letter.ts';
import type { Asking, OnLetter, Told } from './steer-letter.ts';

type Flaw = Omit<Poison, 'kind'> | undefined;

/** What is wrong with the form of a record; undefined where nothing is. */
export type CheckRecord = (record: InRecord) => Promise<Flaw> | Flaw;

export type EditDeps = LetterDeps & { readonly check: CheckRecord };

export type Edited = { readonly edition: number };

type EditCode = LetterCode | 'invalid_letter';

const TRIES = 3;

/**
 * Puts another value in place of a letter's; key and headers stay. The value must have the form its topic asks for
 * (`invalid_letter`). Two edits at the same time become two editions, one after the other.
 */
export const editLetter =
  (deps: EditDeps) =>
  async (on: OnLetter, input: EditLetterInput, context: CallContext): Promise<Result<Edited, EditCode>> => {
    const { state } = await deps.letters.load(letterStream(on.letterId));
    const refusal = state.kind === 'letter' ? await refusalOf(deps, on.letterId, state, input) : null;
    if (refusal !== null) return refusal;
    const commandId = callIdOf(deps.ids, context, 'edit', 'letter', on.letterId);
    const edit = () => editOnce(deps, on, input, { commandId, body: input, context });
    let result = await edit();
    for (let tries = 1; tries < TRIES && isOutrun(result); tries += 1) result = await edit();
    if (result.kind !== 'done') return result;
    return { ...result, value: { edition: editionIn(result.value) } };
  };

const refusalOf = async (
  { keys, check }: EditDeps,
  letterId: string,
  letter: Letter,
  input: EditLetterInput,
): Promise<Rejection<'invalid_letter'> | null> => {
  const record = await openRecord(keys, letterId, letter);
  if (record === 'erased') return reject('invalid_letter', 'the content of this letter was erased');
  const problem = await check({ ...record, value: bytesOf(input) });
  if (problem === undefined) return null;
  const { code, detail, pointer } = problem;
  const place = pointer === undefined ? '' : ` at ${pointer}`;
  return reject('invalid_letter', `${code}${place}: ${detail}`);
};

const editOnce = (
  deps: LetterDeps,
  { letterId, revision }: OnLetter,
  input: EditLetterInput,
  asking: Asking,
): Promise<Result<Told, LetterCode>> =>
  sayToLetter(deps, letterId, asking, async (letter) => ({
    type: 'EditLetter',
    revision: revision ?? null,
    edit: await editionOf(deps, letterId, letter, { value: bytesOf(input), reason: input.reason }),
  }));

/** The edition this call made; the letter's own where it was made before by another call. */
const editionIn = ({ state, events }: Told): number => {
  const made = events.find((event) => event.type === 'LetterEdited');
  return made?.data.edition ?? (state.kind === 'letter' ? state.edition : 0);
};

const isOutrun = (result: Result<unknown, string>): boolean =>
  result.kind === 'rejected' && result.code === 'letter_changed';

const editionOf = async (
  { keys }: LetterDeps,
  letterId: string,
  { keyId, edition: before }: Letter,
  { value, reason }: { readonly value: Uint8Array; readonly reason: string },
) => {
  const edition = before + 1;
  const sealed = await keys.seal(keyId, valueContext(letterId, edition), value);
  return { edition, value: sealed, size: value.length, reason };
};
