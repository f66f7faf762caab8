import { WITNESS_STREAM } from '../../domain/checkpoint.ts';
import type { SignedCheckpoint } from '../../domain/checkpoint.ts';
import { pause } from '../../infra/clock/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type { Signer } from '../../infra/witness/port.ts';
import type { Unavailable } from '../result.ts';
import { collectAfter } from './collect.ts';
import type { Collector } from './collect.ts';
import { signCheckpoint } from './sign-checkpoint.ts';
import { EVENTS_PER_CHECKPOINT } from './witness-deps.ts';
import type { WitnessDeps } from './witness-deps.ts';

export type RunWitnessDeps = WitnessDeps & {
  readonly signer: Signer;
  /** From one checkpoint to the next, in milliseconds, where anything happened. */
  readonly everyMs: number;
  readonly eventsPerCheckpoint?: number;
  /** How often it is looked what is new, in milliseconds. */
  readonly pollMs?: number;
  readonly onSigned: (checkpoint: SignedCheckpoint) => void;
};

const POLL_MS = 5000;
const duty = { kind: 'system', id: 'witness', source: 'sweeper' } as const;

/**
 * Signs a checkpoint when its time has come or enough has happened, until the signal aborts. It goes on from the last
 * one in the log, whoever signed that. @throws what the log throws.
 */
export const runWitness = async (deps: RunWitnessDeps, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const { last } = (await deps.witness.reload(WITNESS_STREAM)).state;
    const most = deps.eventsPerCheckpoint ?? EVENTS_PER_CHECKPOINT;
    const collector = collectAfter(deps.store, last?.upTo ?? START, most);
    if (!(await untilDue(deps, last, collector, signal))) return;
    const signed = await signCheckpoint(deps, last, collector.collected(), { actor: duty });
    if (signed.kind === 'signed') deps.onSigned(signed.checkpoint);
    // Somebody was faster: it goes on from theirs.
    else if (signed.code !== 'checkpoint_superseded') throw new NotSigned(signed);
  }
};

/** Collects until a checkpoint is due. False where the signal aborted before. */
const untilDue = async (
  deps: RunWitnessDeps,
  last: SignedCheckpoint | null,
  collector: Collector,
  signal: AbortSignal,
): Promise<boolean> => {
  // Who signed it may have had a clock that was ahead: that is not waited for.
  const dueAt = last === null ? 0 : Math.min(Date.parse(last.signedAt), deps.clock.now()) + deps.everyMs;
  while (!signal.aborted) {
    const reached = await collector.readOn(signal);
    if (reached === 'full') return !signal.aborted;
    if (collector.count() > 0 && deps.clock.now() >= dueAt) return !signal.aborted;
    await pause(deps.clock, Math.min(deps.pollMs ?? POLL_MS, deps.everyMs), signal);
  }
  return false;
};

class NotSigned extends Error {
  override readonly name = 'NotSigned';
  constructor({ code, detail }: Pick<Unavailable, 'detail'> & { readonly code: string }) {
    super(`no checkpoint could be signed: ${code}: ${detail}`);
  }
}
