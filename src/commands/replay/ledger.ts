import { replayStream } from '../../domain/replay/aggregate.ts';
import type { ReplayCommand } from '../../domain/replay/commands.ts';
import { MOST_PROBLEMS } from '../../domain/replay/events.ts';
import type { ReplayProblem } from '../../domain/replay/events.ts';
import type { Replay } from '../../domain/replay/state.ts';
import type { Clock } from '../../infra/clock/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { ReplayTarget } from '../../infra/replay/port.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import { runner } from './replay-deps.ts';
import type { Replays } from './replay-deps.ts';

export type LedgerDeps = {
  readonly replays: Pick<Replays, 'execute'>;
  readonly clock: Pick<Clock, 'now'>;
  /** From one record of how far it is to the next: events, or milliseconds. */
  readonly every?: { readonly events: number; readonly ms: number };
};

const EVERY = { events: 1000, ms: 2000 };
const MOST_DETAIL = 500;

/** The log did not take what is to be said of a session: it is gone on with from what was recorded last. */
class ReplayStuck extends Error {
  override readonly name = 'ReplayStuck';
}

/** Says something of a session to its stream, once. @throws ReplayStuck */
export const tell = async (
  { replays }: Pick<LedgerDeps, 'replays'>,
  sessionId: string,
  command: ReplayCommand,
  ...what: readonly string[]
): Promise<void> => {
  const commandId = commandIdOf('replay', sessionId, command.type, ...what);
  const outcome = await replays.execute(replayStream(sessionId), command, {
    ...{ commandId, causationId: commandId, correlationId: sessionId, actor: runner },
  });
  if (outcome.kind !== 'accepted') throw new ReplayStuck(`${outcome.code}: ${outcome.detail}`);
};

type Book = {
  readonly counts: { replayed: number; failed: number; skipped: number };
  /** Everything up to here was dealt with … */
  position: Position;
  /** … and recorded up to here, at that time. */
  recorded: { readonly position: Position; readonly at: number };
  /** Events since then, and what did not arrive of them. */
  since: number;
  problems: ReplayProblem[];
  /** How many problems are still kept. */
  room: number;
};

/**
 * Counts what became of a session's events, and records it every so many events or seconds, after the target has made it
 * durable: what a crash loses is delivered once more, with the same ids.
 */
export const createLedger = (deps: LedgerDeps, sessionId: string, replay: Replay) => {
  const { clock, every = EVERY } = deps;
  const book = bookOf(replay, clock.now());
  const { counts } = book;
  const record = async (target: Settling): Promise<void> => {
    if (book.position !== book.recorded.position) await write(deps, sessionId, book, target);
  };
  return {
    position: () => book.position,
    /** Events dealt with, whatever became of them. */
    done: () => counts.replayed + counts.failed + counts.skipped,
    replayed: (count: number, at: Position): void => {
      counts.replayed += count;
      book.since += count;
      book.position = at;
    },
    missed: (kind: 'failed' | 'skipped', problem: ReplayProblem): void => {
      counts[kind] += 1;
      book.since += 1;
      book.position = problem.position;
      note(book, problem);
    },
    /** Looked at up to here. */
    passed: (at: Position): void => {
      if (at > book.position) book.position = at;
    },
    record,
    recordIfDue: async (target: Settling): Promise<void> => {
      if (book.since >= every.events || clock.now() - book.recorded.at >= every.ms) await record(target);
    },
  };
};
export type Ledger = ReturnType<typeof createLedger>;

type Settling = Pick<ReplayTarget, 'settle'>;

const bookOf = ({ progress, problems }: Replay, now: number): Book => {
  const { position = START, replayed = 0, failed = 0, skipped = 0 } = progress ?? {};
  return {
    ...{ counts: { replayed, failed, skipped }, position, recorded: { position, at: now } },
    ...{ since: 0, problems: [], room: MOST_PROBLEMS - problems },
  };
};

const note = (book: Book, problem: ReplayProblem): void => {
  if (book.room <= 0) return;
  book.room -= 1;
  book.problems.push({ ...problem, detail: problem.detail.slice(0, MOST_DETAIL).toWellFormed() });
};

const write = async (deps: LedgerDeps, sessionId: string, book: Book, target: Settling): Promise<void> => {
  const { position, problems } = book;
  const told = { ...book.counts, position, problems };
  const bytes = await target.settle();
  await tell(deps, sessionId, { type: 'RecordProgress', progress: { ...told, bytes } }, position);
  book.recorded = { position, at: deps.clock.now() };
  book.since = 0;
  book.problems = [];
};
