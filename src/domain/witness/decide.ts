import type { CoveredHead, SignedCheckpoint } from '../checkpoint.ts';
import { accept, reject } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { WitnessEvent } from './events.ts';

export type WitnessCommand =
  | { readonly type: 'CoverHeads'; readonly part: number; readonly heads: readonly CoveredHead[] }
  | { readonly type: 'RecordCheckpoint'; readonly checkpoint: SignedCheckpoint };

export type WitnessRejection = 'checkpoint_superseded';

export type WitnessState = {
  /** The last checkpoint that was signed. */
  readonly last: SignedCheckpoint | null;
  /** How many parts of a list of heads there are. */
  readonly parts: number;
};

export const initialWitness: WitnessState = { last: null, parts: 0 };

/** One checkpoint after the other, each from where the one before ended; parts of a list in their order. */
export const decide = (
  command: WitnessCommand,
  state: WitnessState,
): Decision<WitnessEvent, WitnessRejection> => {
  switch (command.type) {
    case 'CoverHeads':
      return covered(command, state);
    case 'RecordCheckpoint':
      return recorded(command.checkpoint, state);
  }
};

type Decided = Decision<WitnessEvent, WitnessRejection>;

const covered = (
  { part, heads }: Extract<WitnessCommand, { type: 'CoverHeads' }>,
  { parts }: WitnessState,
): Decided => {
  if (part < parts) return accept();
  return part === parts
    ? accept({ type: 'HeadsCovered', data: { part, heads } })
    : reject('checkpoint_superseded', `part ${String(parts)} comes next, not part ${String(part)}`);
};

const recorded = (checkpoint: SignedCheckpoint, { last }: WitnessState): Decided => {
  const { number, from, signature } = checkpoint;
  if (signature === last?.signature) return accept();
  const [next, upTo] = last === null ? [1, from] : [last.number + 1, last.upTo];
  return number === next && from === upTo
    ? accept({ type: 'CheckpointSigned', data: checkpoint })
    : reject('checkpoint_superseded', `checkpoint ${String(number)} does not follow the last one`);
};

export const evolve = (state: WitnessState, event: WitnessEvent): WitnessState => {
  switch (event.type) {
    case 'HeadsCovered':
      return { ...state, parts: event.data.part + 1 };
    case 'CheckpointSigned':
      return { ...state, last: event.data };
  }
};
