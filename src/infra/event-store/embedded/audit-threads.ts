import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { startThread } from '../../sqlite/thread.ts';
import type { Thread } from '../../sqlite/thread.ts';
import type { AuditRange, LogAudit } from './audit-log.ts';
import type { RangeAudit } from './audit-thread.ts';
import type { Hello } from './protocol.ts';

const RANGE = 10_000;
/** Whoever changes a log can write any position into it: then ranges are larger, not more. */
const MOST_RANGES = 10_000;
const MOST_THREADS = 8;

type Steps = AsyncGenerator<RangeAudit>;
type AuditThread = Thread<AuditRange, RangeAudit, Hello>;

/** The same, for whoever must stay able to act in between. */
export async function* inTurns({ steps }: LogAudit): Steps {
  for (const step of steps) {
    yield step;
    await nextTurn();
  }
}

/**
 * Checks a whole log by ranges of positions, several of them at a time, each in a thread of its own: an event is
 * checked against the stored one before it in its stream, whoever checks that.
 *
 * @param total how many positions there are
 * @param threads at least 1
 */
export async function* auditRanges(
  path: string,
  total: number,
  threads = Math.min(MOST_THREADS, availableParallelism()),
): Steps {
  const ranges = rangesOf(total);
  const started = await Promise.all(
    Array.from({ length: Math.min(threads, ranges.length) }, () => startAuditor(path)),
  );
  try {
    const under = new Map<number, Promise<{ readonly at: number; readonly done: RangeAudit }>>();
    const take = (at: number): void => {
      const [range, thread] = [ranges.shift(), started[at]];
      under.delete(at);
      if (range !== undefined && thread !== undefined)
        under.set(
          at,
          thread.call(range).then((done) => ({ at, done })),
        );
    };
    started.forEach((_, at) => {
      take(at);
    });
    let events = 0;
    while (under.size > 0) {
      const { at, done } = await Promise.race(under.values());
      take(at);
      events += done.events;
      yield { events, findings: done.findings };
    }
  } finally {
    await Promise.all(started.map((thread) => thread.stop()));
  }
}

const startAuditor = async (path: string): Promise<AuditThread> => {
  const thread = await startThread<AuditRange, RangeAudit, Hello>(
    new URL('./audit-thread.ts', import.meta.url),
    { path },
  );
  const { hello } = thread;
  if (hello.kind !== 'reading') throw new Error('detail' in hello ? hello.detail : hello.kind);
  return thread;
};

/** One at least: also an empty log has streams that could have lost their events. */
const rangesOf = (total: number): AuditRange[] => {
  const size = Math.max(RANGE, Math.ceil(total / MOST_RANGES));
  const count = Math.max(1, Math.ceil(total / size));
  return Array.from({ length: count }, (_, index) => ({
    after: index * size,
    upTo: Math.min(total, (index + 1) * size),
    isLast: index === count - 1,
  }));
};
