import { WITNESS_STREAM } from '../../domain/checkpoint.ts';
import type { SignedCheckpoint } from '../../domain/checkpoint.ts';
import { reject } from '../../domain/decider.ts';
import { START } from '../../infra/event-store/port.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Signer } from '../../infra/witness/port.ts';
import type { CallContext } from '../context.ts';
import type { Result } from '../result.ts';
import { collectAfter } from './collect.ts';
import { signCheckpoint } from './sign-checkpoint.ts';
import type { Signed } from './sign-checkpoint.ts';
import { EVENTS_PER_CHECKPOINT } from './witness-deps.ts';
import type { WitnessDeps } from './witness-deps.ts';

/** Why no checkpoint is signed. */
export type WitnessCode = 'no_signing_key' | 'checkpoint_superseded';

export type TakeCheckpointDeps = WitnessDeps & {
  /** Undefined: nothing is signed here. */
  readonly signer: Signer | undefined;
  readonly eventsPerCheckpoint?: number;
};

export type TakeCheckpoint = (context: CallContext) => Promise<Result<SignedCheckpoint, string>>;

/**
 * Signs up to the end of the log as it is now, in several checkpoints where that is far; the last one is the answer.
 * Where nothing happened since the last one, that one is.
 */
export const takeCheckpoint =
  (deps: TakeCheckpointDeps): TakeCheckpoint =>
  async ({ actor, correlationId }) => {
    const { signer } = deps;
    if (signer === undefined)
      return reject('no_signing_key', 'no SIGNING_KEY_FILE is set: nothing is signed');
    const by = { actor, ...(correlationId === undefined ? {} : { correlationId }) };
    for (;;) {
      const signed = await signNext({ ...deps, signer }, by);
      if (signed.kind === 'rejected' && signed.code === 'checkpoint_superseded') continue;
      if (signed.kind !== 'signed') return signed;
      const { checkpoint: value, position, isEnd } = signed;
      if (isEnd) return { kind: 'done', value, position, replayed: false };
    }
  };

type Next =
  | Exclude<Signed, { kind: 'signed' }>
  | {
      readonly kind: 'signed';
      readonly checkpoint: SignedCheckpoint;
      readonly position: Position;
      readonly isEnd: boolean;
    };

const signNext = async (
  deps: TakeCheckpointDeps & { readonly signer: Signer },
  by: Parameters<typeof signCheckpoint>[3],
): Promise<Next> => {
  const { state, position } = await deps.witness.reload(WITNESS_STREAM);
  const { last } = state;
  const most = deps.eventsPerCheckpoint ?? EVENTS_PER_CHECKPOINT;
  const collector = collectAfter(deps.store, last?.upTo ?? START, most);
  const isEnd = (await collector.readOn()) === 'end';
  const collected = collector.collected();
  if (collected.events === 0 && last !== null)
    return { kind: 'signed', checkpoint: last, position, isEnd: true };
  const signed = await signCheckpoint(deps, last, collected, by);
  return signed.kind === 'signed' ? { ...signed, isEnd } : signed;
};
