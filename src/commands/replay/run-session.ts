import { isLogDamaged } from '../../domain/damage.ts';
import { replayStream } from '../../domain/replay/aggregate.ts';
import type { ReplayedEvent } from '../../domain/replayed.ts';
import type { Replay } from '../../domain/replay/state.ts';
import type { Clock } from '../../infra/clock/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type { EventStore, Position, StoredEvent } from '../../infra/event-store/port.ts';
import type { Delivery, ReplayTarget, ReplayTargets } from '../../infra/replay/port.ts';
import { createLedger, tell } from './ledger.ts';
import type { Ledger, LedgerDeps } from './ledger.ts';
import { matching } from './matching.ts';
import { createPace, pauseLong } from './pace.ts';
import type { Paced } from './pace.ts';
import type { Replays } from './replay-deps.ts';
import { forTheEndOf, forTheNextEvent, tellBegun, tellWait } from './waits.ts';

export type RunSessionDeps = Omit<LedgerDeps, 'replays' | 'clock'> & {
  readonly replays: Pick<Replays, 'execute' | 'reload'>;
  readonly store: Pick<EventStore, 'readAll' | 'readStream'>;
  readonly clock: Clock;
  readonly targets: Pick<ReplayTargets, 'open'>;
  /** With what is sealed in it in the clear. */
  readonly open: (event: StoredEvent) => Promise<StoredEvent>;
  /** A position as the cursor that lists and feeds hand out. */
  readonly cursorOf: (position: Position) => string;
};

/**
 * Does the work of one session from where it was recorded last, until it is through or the signal aborts; what was
 * delivered by then is recorded. @throws what passes by itself: it is gone on with later.
 */
export const runSession = async (
  deps: RunSessionDeps,
  sessionId: string,
  signal: AbortSignal,
): Promise<void> => {
  const { state } = await deps.replays.reload(replayStream(sessionId));
  if (state.kind === 'absent' || state.status !== 'RUNNING' || state.upTo === null) return;
  const running: Running = { deps, sessionId, state, upTo: state.upTo, signal };
  try {
    await tellBegun(deps, sessionId, state);
    await runOn(running);
  } catch (error) {
    if (isLogDamaged(error)) return failed(running, 'integrity', error.message);
    await troubled(running, error);
    throw error;
  }
};

/** Who was told to stop has nothing to say: another process may be at work by now. */
const troubled = async ({ deps, sessionId, signal }: Running, error: unknown): Promise<void> => {
  if (!signal.aborted) await tellWait(deps, sessionId, forTheEndOf(error));
};

type Running = {
  readonly deps: RunSessionDeps;
  readonly sessionId: string;
  readonly state: Replay;
  readonly upTo: Position;
  readonly signal: AbortSignal;
};

const failed = (
  { deps, sessionId }: Pick<Running, 'deps' | 'sessionId'>,
  code: string,
  detail: string,
): Promise<void> => tell(deps, sessionId, { type: 'FailReplay', code, detail: detail.slice(0, 500) }, code);

const runOn = async (running: Running): Promise<void> => {
  const { deps, sessionId, state, signal } = running;
  const { target: destination } = state.session;
  const bytes = state.progress?.bytes ?? null;
  const onTrouble = (error: unknown): void => void troubled(running, error);
  const target = await deps.targets.open({ sessionId, destination, bytes, onTrouble });
  if (target.kind === 'refused') return failed(running, target.code, target.detail);
  const ledger = createLedger(deps, sessionId, state);
  try {
    if (state.total === null) await count(running);
    const end = await replayAll(running, target, ledger);
    await ledger.record(target);
    if (end === 'through' && !signal.aborted) await tell(deps, sessionId, { type: 'CompleteReplay' });
    else if (typeof end === 'object') await failed(running, end.code, end.detail);
  } finally {
    await target.close();
  }
};

/** How much there is to do, before any of it is done. */
const count = async ({ deps, sessionId, state, upTo, signal }: Running): Promise<void> => {
  const { filter, maxEvents } = state.session;
  const most = maxEvents ?? Infinity;
  let total = 0;
  for await (const { events } of matching(deps.store, filter, { after: START, upTo })) {
    if (signal.aborted) return;
    total = Math.min(most, total + events.length);
    if (total === most) break;
  }
  await tell(deps, sessionId, { type: 'RecordTotal', total });
};

/** Before a pause of this length, in milliseconds, it is recorded how far the session is. */
const LONG_MS = 1000;
/** … and before one of this length, that it waits. */
const LONGER_MS = 60_000;

type Missed = Extract<Delivery, { kind: 'failed' | 'skipped' }>;
type End = 'through' | 'aborted' | Missed;

const replayAll = async (running: Running, target: ReplayTarget, ledger: Ledger): Promise<End> => {
  const { deps, state, upTo, signal } = running;
  const { filter, speed, maxEvents } = state.session;
  const pace = createPace(speed, target.most);
  const most = maxEvents ?? Infinity;
  for await (const page of matching(deps.store, filter, { after: ledger.position(), upTo })) {
    for (const part of pace.part(page.events.slice(0, most - ledger.done()))) {
      const end = await replayPart(running, target, ledger, part);
      if (end !== 'through') return end;
    }
    if (ledger.done() >= most) return 'through';
    ledger.passed(page.position);
    if (signal.aborted) return 'aborted';
    await ledger.recordIfDue(target);
  }
  return 'through';
};

/** What goes out together, when it is time. */
const replayPart = async (
  running: Running,
  target: ReplayTarget,
  ledger: Ledger,
  { waitMs, events }: Paced,
): Promise<End> => {
  const { deps, sessionId, signal } = running;
  if (waitMs >= LONG_MS) await ledger.record(target);
  if (waitMs >= LONGER_MS) await tellWait(deps, sessionId, forTheNextEvent(deps.clock.now() + waitMs));
  await pauseLong(deps.clock, waitMs, signal);
  if (signal.aborted) return 'aborted';
  const end = await deliver(running, target, ledger, events);
  if (end === 'through') await ledger.recordIfDue(target);
  return end;
};

const deliver = async (
  running: Running,
  target: ReplayTarget,
  ledger: Ledger,
  events: readonly StoredEvent[],
): Promise<End> => {
  const { deps, state, signal } = running;
  const { payloads, target: destination } = state.session;
  // A sink is opened when it is looked at: it must not show what was erased meanwhile.
  const isOpened = payloads === 'opened' && destination.kind !== 'sink';
  const out = await Promise.all(events.map(async (event) => outward(deps, event, isOpened)));
  const together = await target.deliver(out, signal);
  const last = events.at(-1);
  if (together.kind === 'aborted' || last === undefined) return 'aborted';
  if (together.kind === 'ok') {
    ledger.replayed(events.length, last.position);
    return 'through';
  }
  if (out.length === 1) return missed(running, ledger, last, together);
  // Which of them is not taken shows when each goes alone; those that were taken come again with the same ids.
  for (const event of events) {
    const end = await deliver(running, target, ledger, [event]);
    if (end !== 'through') return end;
  }
  return 'through';
};

const missed = (
  { state }: Running,
  ledger: Ledger,
  event: StoredEvent,
  { kind, code, detail }: Missed,
): End => {
  const { eventId, stream, position } = event;
  ledger.missed(kind, { eventId, stream, position, code, detail });
  return state.session.skipErrors ? 'through' : { kind, code, detail };
};

const outward = async (
  { open, cursorOf }: RunSessionDeps,
  event: StoredEvent,
  isOpened: boolean,
): Promise<ReplayedEvent> => ({
  ...(isOpened ? await open(event) : event),
  position: cursorOf(event.position),
});
