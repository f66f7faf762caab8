import { cannotBeRead } from '../../domain/damage.ts';
import { deadLetterEvents } from '../../domain/dead-letter/events.ts';
import { instanceStream } from '../../domain/instance/aggregate.ts';
import { pause } from '../../infra/clock/port.ts';
import type { Clock } from '../../infra/clock/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type {
  Checkpoints,
  EventBatch,
  EventStore,
  Position,
  StoredEvent,
} from '../../infra/event-store/port.ts';
import { letterIdIn } from '../dead-letter/letter-index.ts';
import { erasableOf } from './erasable.ts';
import { eraseInstances } from './erase-instances.ts';
import type { EraseDeps } from './erase-instances.ts';
import { stuckErasures } from './stuck-erasures.ts';

export type EraserDeps = Omit<EraseDeps, 'onStuck'> & {
  readonly store: Pick<EventStore, 'readStream' | 'lastPosition' | 'subscribe'>;
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
  /** Up to where those who pass events on have read; undefined where nobody does. */
  readonly passedOn: () => Promise<Position | undefined>;
  /** What belongs to a stream cannot be read and is not erased: told once, and tried again. */
  readonly onUnreadable: (stream: string, error: unknown) => void;
  /** How many are not erased for such a reason, whenever that changes. */
  readonly onStuckCount: (count: number) => void;
};

const ERASER = 'eraser';
const DELETED = 'InstanceDeleted';
const CATEGORIES = ['instance', 'deadletter'];
const AT_ONCE = 250;
const LOOK_AGAIN_MS = 250;

/**
 * Follows deletions and erases what was deleted, as soon as everybody who passes events on has read it, until the
 * signal aborts. What a batch asks for is done before the checkpoint moves; behind what cannot be read it does not move, so
 * that this is tried again after a start too. @throws what log, keys and read models throw.
 */
export const runEraser = async (deps: EraserDeps, signal: AbortSignal): Promise<void> => {
  const stuck = stuckErasures(deps);
  const failed = new AbortController();
  const over = AbortSignal.any([signal, failed.signal]);
  const ending = (running: Promise<void>): Promise<void> =>
    running.finally(() => {
      failed.abort();
    });
  const erasing = { ...deps, onStuck: stuck.add };
  const both = [
    ending(follow(erasing, stuck.isEmpty, over)),
    ending(stuck.tryAgain((event) => erase(erasing, event, over), over)),
  ];
  try {
    await Promise.all(both);
  } finally {
    // Nothing is left behind that says how many are stuck, or erases beside who begins anew.
    await Promise.allSettled(both);
    deps.onStuckCount(0);
  }
};

type Erasing = EraserDeps & EraseDeps;

const follow = async (deps: Erasing, isClear: () => boolean, signal: AbortSignal): Promise<void> => {
  const after = (await deps.checkpoints.load(ERASER)) ?? START;
  for await (const batch of deps.store.subscribe({ after, categories: CATEGORIES, signal })) {
    if (!(await take(deps, batch, signal))) return;
    if (batch.events.length > 0 && isClear()) await deps.checkpoints.save(ERASER, batch.position);
  }
};

const erase = (deps: Erasing, event: StoredEvent, signal: AbortSignal): Promise<void> =>
  event.type === DELETED ? eraseInstances(deps, [event], signal) : eraseLateLetter(deps, event);

/** False where the signal aborted before everything was done. */
const take = async (deps: Erasing, { events }: EventBatch, signal: AbortSignal): Promise<boolean> => {
  const deletions = events.filter(({ type }) => type === DELETED);
  for (let start = 0; start < deletions.length; start += AT_ONCE) {
    const some = deletions.slice(start, start + AT_ONCE);
    if (!(await untilPassedOn(deps, some.at(-1)?.position ?? START, signal))) return false;
    await eraseInstances(deps, some, signal);
  }
  for (const event of events) await eraseLateLetter(deps, event);
  return !signal.aborted;
};

const untilPassedOn = async (
  { passedOn, clock }: EraserDeps,
  position: Position,
  signal: AbortSignal,
): Promise<boolean> => {
  while (!signal.aborted) {
    const reached = await passedOn();
    if (reached === undefined || reached >= position) return true;
    await pause(clock, LOOK_AGAIN_MS, signal);
  }
  return false;
};

/**
 * What comes in for an instance after its deletion is of no use to anybody, and goes the same way, with refusals of the
 * deliveries it stood for: only now is it known whose they were.
 */
const eraseLateLetter = async (deps: Erasing, event: StoredEvent): Promise<void> => {
  const instanceId = instanceNamedIn(event);
  if (instanceId === undefined) return;
  const stream = instanceStream(instanceId);
  try {
    const { state } = await deps.instances.reload(stream);
    if (state.kind === 'absent' || !state.isErased) return;
    const { keyIds, letterKeyIds } = await erasableOf(deps, stream, [letterIdIn(event)]);
    await deps.keys.destroy(keyIds);
    await deps.keys.destroy(letterKeyIds);
  } catch (error) {
    if (!cannotBeRead(error)) throw error;
    deps.onStuck(event, error);
  }
};

const { LetterParked, LetterResolved } = deadLetterEvents;
const named = { LetterParked, LetterResolved };

const instanceNamedIn = ({ type, data }: StoredEvent): string | undefined => {
  if (type !== 'LetterParked' && type !== 'LetterResolved') return undefined;
  const parsed = named[type].safeParse(data);
  return parsed.success ? (parsed.data.instanceId ?? undefined) : undefined;
};
