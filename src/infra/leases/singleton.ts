import type { Clock, Random } from '../clock/port.ts';
import { pause } from '../clock/port.ts';
import type { Lease, Leases } from './port.ts';
import { keepRenewed } from './renewal.ts';
import type { Renewal } from './renewal.ts';

export type WhileHeldOptions = {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly random: Random;
  readonly name: string;
  /** Unique to this start of this process. */
  readonly holder: string;
  /** 100–600,000. Nobody else works within it after this process has died; taking over takes up to twice as long. */
  readonly ttlMs: number;
  /**
   * What only one process should do. Must end soon after the signal aborts: the lease is given back only then. It may
   * reject once the signal has aborted.
   */
  readonly work: (signal: AbortSignal, lease: Lease) => Promise<void>;
  /** A lost lease, a failed call or work that rejected: it is tried again. */
  readonly onTrouble: (error: unknown) => void;
};

export type Singleton = {
  /** Contends for the lease and works while it is held, again and again, until the signal aborts and work has ended. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

type Outcome = 'worked' | 'held-by-other' | 'lost' | 'failed';

const FIRST_PAUSE_MS = 100;
// Of what must be caught up shortly after a server is back, this is the first wait of several.
const LONGEST_PAUSE_MS = 2000;

/**
 * Runs work in one of many processes. The work's signal aborts when a renewal is refused or none has succeeded for
 * two thirds of the lease: before anybody else may begin.
 */
export const whileHeld = (options: WhileHeldOptions): Singleton => ({
  run: async (signal) => {
    let failures = 0;
    while (!signal.aborted) {
      const outcome = await turn(options, signal);
      failures = outcome === 'failed' || outcome === 'lost' ? failures + 1 : 0;
      await pause(options.clock, pauseMs(options, failures), signal);
    }
  },
});

const turn = async (options: WhileHeldOptions, signal: AbortSignal): Promise<Outcome> => {
  const { leases, clock, name, holder, ttlMs, onTrouble } = options;
  const askedAt = clock.now();
  try {
    const lease = await leases.acquire(name, holder, ttlMs);
    if (lease === undefined) return 'held-by-other';
    return await hold(options, { lease, askedAt }, signal);
  } catch (error) {
    onTrouble(error);
    return 'failed';
  }
};

type Held = { readonly lease: Lease; readonly askedAt: number };

const hold = async (options: WhileHeldOptions, held: Held, signal: AbortSignal): Promise<Outcome> => {
  const renewal = keepRenewed(options, held);
  const working = AbortSignal.any([signal, renewal.lost]);
  try {
    if (!working.aborted) await options.work(working, held.lease);
    return outcomeOf(renewal);
  } catch (error) {
    // What was told to stop may say so in any way it likes.
    if (working.aborted) return outcomeOf(renewal);
    options.onTrouble(error);
    return 'failed';
  } finally {
    renewal.stop();
    await options.leases.release(held.lease);
  }
};

/** Who lost it asks for it again soon: most often no renewal could be made, and nobody else has it either. */
const outcomeOf = ({ lost }: Renewal): Outcome => (lost.aborted ? 'lost' : 'worked');

/** Spread out, so that contenders do not ask in step. */
const pauseMs = ({ random, ttlMs }: WhileHeldOptions, failures: number): number => {
  if (failures === 0) return (ttlMs / 3) * (0.75 + random.next() / 2);
  return random.next() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
};
