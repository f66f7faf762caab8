import { canonical } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import { letterStream } from '../../domain/dead-letter/aggregate.ts';
import type { DeadLetterCommand } from '../../domain/dead-letter/commands.ts';
import type { DeadLetterEvent } from '../../domain/dead-letter/events.ts';
import type { Letter, LetterState } from '../../domain/dead-letter/state.ts';
import type { CallContext } from '../context.ts';
import { resultOf } from '../executed.ts';
import type { Result } from '../result.ts';
import { runMetadata } from '../saga/run-metadata.ts';
import type { LetterCode, LetterDeps } from './letters.ts';

export type OnLetter = {
  readonly letterId: string;
  /** The revision the caller saw it at, where that must not have changed. */
  readonly revision?: number;
};

/** The letter afterwards, and the events of this command: those of the first time where it was repeated. */
export type Told = { readonly state: LetterState; readonly events: readonly DeadLetterEvent[] };

type Said = Extract<DeadLetterCommand, { revision: number | null }>;

/** What makes a call the same call: its id, and a fingerprint of what was asked. */
export type Asking = {
  readonly commandId: string;
  readonly body: object;
  readonly context: CallContext;
};

/** Says one thing to one letter; `build` makes it from the letter as it stands. */
export const sayToLetter = async (
  deps: LetterDeps,
  letterId: string,
  { commandId, body, context }: Asking,
  build: (letter: Letter) => Promise<Said>,
): Promise<Result<Told, LetterCode>> => {
  const stream = letterStream(letterId);
  const folded = await deps.letters.load(stream);
  const { state: letter } = folded;
  if (letter.kind === 'absent') return reject('unknown_letter', `Dead letter not found: ${letterId}`);
  const bodyHash =
    context.idempotencyKey === undefined
      ? undefined
      : await deps.keys.fingerprint(letter.keyId, Buffer.from(canonical(body)));
  const identity = { id: commandId, actor: context.actor, bodyHash };
  const command = await build(letter);
  const outcome = await deps.letters.execute(stream, command, runMetadata(folded, identity));
  return resultOf(outcome, ({ state, events }) => ({ state, events }));
};
