import type { Transport } from '../names.ts';
import type { Definition } from '../orchestration/events.ts';
import type { DefinitionRef } from './state.ts';

/** What a decision needs to know from elsewhere; it travels in the command. */
export type Facts = {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** Uniform in [0, 1): spreads back-offs. */
  readonly random: number;
  /** The version the run is pinned to; the current one for a run without; null when there is none. */
  readonly definition: (Omit<DefinitionRef, 'type'> & { readonly content: Definition }) | null;
  /** Who serves each step now. */
  readonly workers: ReadonlyMap<string, readonly WorkerFact[]>;
};

export type WorkerFact = { readonly service: string; readonly transport: Transport };

/** One of those the step's workers use; each as likely as the other, so that both kinds get their share. */
export const transportOf = ({ workers, random }: Facts, step: string): Transport | undefined => {
  const serving = workers.get(step) ?? [];
  const first = serving[0]?.transport;
  if (serving.every(({ transport }) => transport === first)) return first;
  const offered = [...new Set(serving.map(({ transport }) => transport))];
  return offered[Math.floor(random * offered.length)];
};
