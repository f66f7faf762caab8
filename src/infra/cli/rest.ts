import { z } from 'zod';
import { pause } from '../clock/port.ts';
import type { Json } from './api.ts';
import type { Call } from './call.ts';
import { CliError } from './errors.ts';
import { CLI_EXIT } from './exit-codes.ts';

const AT_REST = new Set(['COMPLETED', 'FAILED', 'UNDONE', 'UNDO_FAILED', 'CANCELLED']);
const FAILED = new Set(['FAILED', 'UNDO_FAILED']);
/** The server waits no longer for one request. */
const LONGEST_S = 30;
const PAUSE_MS = 200;

const state = z.looseObject({ status: z.string() });

export type Rested = {
  readonly run: Json;
  /** Set where the run failed, or goes on still. */
  readonly verdict: CliError | undefined;
};

/** A run when it has come to rest, or when the time is over. */
export const waitForRest = async (
  call: Pick<Call, 'api' | 'io' | 'clock'>,
  path: string,
  seconds: number,
): Promise<Rested> => {
  const { found, isOver } = await lookUntilOver(call, seconds, async (leftS) => {
    const headers = { prefer: `wait=${Math.min(leftS, LONGEST_S)}` };
    const run = state.parse(await call.api.get(path, { headers }));
    const status = `${run.status}, waiting up to ${leftS} s more`;
    return { found: run, isOver: AT_REST.has(run.status), status };
  });
  const verdict = isOver ? verdictOf(found.status) : timedOut(found.status, seconds);
  return { run: found, verdict };
};

type Look<Found> = {
  readonly found: Found;
  readonly isOver: boolean;
  /** How it stands, for whoever waits. */
  readonly status: string;
};

/** Looks again and again until what it looks at is over, or the time is: then `isOver` is false. */
export const lookUntilOver = async <Found>(
  { clock, io }: Pick<Call, 'clock' | 'io'>,
  seconds: number,
  look: (leftS: number) => Promise<Look<Found>>,
): Promise<Look<Found>> => {
  const until = clock.now() + seconds * 1000;
  for (;;) {
    const looked = await look(Math.max(0, Math.ceil((until - clock.now()) / 1000)));
    if (looked.isOver || clock.now() >= until) return looked;
    io.status(looked.status);
    await pause(clock, PAUSE_MS);
  }
};

const verdictOf = (status: string): CliError | undefined =>
  FAILED.has(status) ? new CliError(CLI_EXIT.failure, `the run ended ${status}`) : undefined;

const timedOut = (status: string, seconds: number): CliError =>
  new CliError(CLI_EXIT.timedOut, `the run is still ${status} after ${seconds} s`);
