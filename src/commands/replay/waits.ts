import type { ReplayWait } from '../../domain/replay/events.ts';
import type { Replay } from '../../domain/replay/state.ts';
import { START } from '../../infra/event-store/port.ts';
import { tell } from './ledger.ts';
import type { LedgerDeps } from './ledger.ts';

/** Says what a session waits for. Where that cannot be written it is not said: it does not stop the session. */
export const tellWait = async (
  deps: Pick<LedgerDeps, 'replays' | 'clock'>,
  sessionId: string,
  wait: ReplayWait,
): Promise<void> => {
  try {
    // Each wait is another one; whether it is news is decided.
    await tell(deps, sessionId, { type: 'RecordWait', wait }, wait.reason, String(deps.clock.now()));
  } catch {
    return;
  }
};

/** Says that a session which waited for its turn is worked on: its first progress may be far off. @throws what `tell` throws */
export const tellBegun = async (
  deps: Pick<LedgerDeps, 'replays' | 'clock'>,
  sessionId: string,
  { waiting, progress }: Pick<Replay, 'waiting' | 'progress'>,
): Promise<void> => {
  if (waiting?.reason !== 'turn') return;
  const standing = { ...(progress ?? NOTHING_YET), problems: [] };
  // It may wait for its turn again later.
  await tell(
    deps,
    sessionId,
    { type: 'RecordProgress', progress: standing },
    'begun',
    String(deps.clock.now()),
  );
};

const NOTHING_YET = { position: START, replayed: 0, failed: 0, skipped: 0, bytes: null };

/** Others are worked on first. */
export const forItsTurn: ReplayWait = { reason: 'turn', until: null, code: null };

/** As far away as a time can be written. */
const LAST_MS = Date.UTC(9999, 11, 31);

export const forTheNextEvent = (untilMs: number): ReplayWait => ({
  ...{ reason: 'gap', until: new Date(Math.min(untilMs, LAST_MS)).toISOString(), code: null },
});

/** What an error says may hold names that are nobody's business: its code does not. */
export const forTheEndOf = (trouble: unknown): ReplayWait => ({
  ...{ reason: 'trouble', until: null, code: codeOf(trouble).slice(0, MOST_CODE).toWellFormed() },
});

const MOST_CODE = 80;

const codeOf = (trouble: unknown): string => {
  if (!(trouble instanceof Error)) return 'unknown';
  const code = 'code' in trouble && typeof trouble.code === 'string' ? trouble.code : trouble.name;
  return code === '' ? 'unknown' : code;
};
