import { z } from 'zod';
import type { Json } from './api.ts';
import type { Call } from './call.ts';
import { CliError } from './errors.ts';
import { CLI_EXIT } from './exit-codes.ts';

const AT_REST = new Set(['COMPLETED', 'FAILED', 'UNDONE', 'UNDO_FAILED', 'CANCELLED']);
const FAILED = new Set(['FAILED', 'UNDO_FAILED']);
/** The server waits no longer for one request. */
const LONGEST_S = 30;
/** Between two looks at a run that came back before its time. */
const PAUSE_MS = 200;

const state = z.looseObject({ status: z.string() });

export type Rested = {
  readonly run: Json;
  /** Set where the run failed, or goes on still. */
  readonly verdict: CliError | undefined;
};

/** A run when it has come to rest, or when the time is over. */
export const waitForRest = async (
  { api, io, clock }: Pick<Call, 'api' | 'io' | 'clock'>,
  path: string,
  seconds: number,
): Promise<Rested> => {
  const until = clock.now() + seconds * 1000;
  for (;;) {
    const left = Math.max(0, Math.ceil((until - clock.now()) / 1000));
    const headers = { prefer: `wait=${Math.min(left, LONGEST_S)}` };
    const run = state.parse(await api.get(path, { headers }));
    if (AT_REST.has(run.status)) return { run, verdict: verdictOf(run.status) };
    if (clock.now() >= until) return { run, verdict: timedOut(run.status, seconds) };
    io.status(`${run.status}, waiting up to ${left} s more`);
    await pause(clock);
  }
};

export const pause = (clock: Call['clock'], ms = PAUSE_MS): Promise<void> =>
  new Promise((resolve) => {
    clock.schedule(ms, resolve);
  });

const verdictOf = (status: string): CliError | undefined =>
  FAILED.has(status) ? new CliError(CLI_EXIT.failure, `the run ended ${status}`) : undefined;

const timedOut = (status: string, seconds: number): CliError =>
  new CliError(CLI_EXIT.timedOut, `the run is still ${status} after ${seconds} s`);
