import { cannotBeRead } from '../../domain/damage.ts';
import { deadLetterEvents } from '../../domain/dead-letter/events.ts';
import { instanceStream } from '../../domain/instance/aggregate.ts';
import { idOf } from '../../domain/stream-name.ts';
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
import type { Asking, EraseDeps } from './erase-instances.ts';
import { stuckErasures } from './stuck-erasures.ts';
import type { StuckDeps } from './stuck-erasures.ts';

export type EraserDeps = Omit<EraseDeps, 'onStuck'> &
  Pick<StuckDeps, 'mostStuck'> & {
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
  while (!signal.aborted) await fromCheckpoint(deps, signal);
};

/** Until the signal aborts, or what only the log remembers is to be read again. */
const fromCheckpoint = async (deps: EraserDeps, signal: AbortSignal): Promise<void> => {
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
    ending(stuck.tryAgain((events) => eraseAll(erasing, events, over), over)),
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

/** False where the signal aborted before everything was done. */
const take = async (deps: Erasing, { events }: EventBatch, signal: AbortSignal): Promise<boolean> => {
  const asking = events.flatMap(askingIn);
  const deletions = asking.filter(isDeletion);
  for (let start = 0; start < deletions.length; start += AT_ONCE) {
    const some = deletions.slice(start, start + AT_ONCE);
    if (!(await untilPassedOn(deps, some.at(-1)?.position ?? START, signal))) return false;
    await eraseInstances(deps, some, signal);
  }
  await eraseLateLetters(deps, asking);
  return !signal.aborted;
};

const isDeletion = ({ type }: Asking): boolean => type === DELETED;

/** What everybody who passes events on has read. */
const eraseAll = async (deps: Erasing, asking: readonly Asking[], signal: AbortSignal): Promise<void> => {
  await eraseInstances(deps, asking.filter(isDeletion), signal);
  await eraseLateLetters(deps, asking);
};

const eraseLateLetters = async (deps: Erasing, asking: readonly Asking[]): Promise<void> => {
  for (const event of asking) if (!isDeletion(event)) await eraseLateLetter(deps, event);
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
const eraseLateLetter = async (deps: Erasing, event: Asking): Promise<void> => {
  const stream = instanceStream(event.instanceId);
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

const askingIn = (event: StoredEvent): readonly Asking[] => {
  const { eventId, stream, type, position, metadata } = event;
  const instanceId = instanceNamedIn(event);
  return instanceId === undefined ? [] : [{ eventId, stream, type, position, metadata, instanceId }];
};

const { LetterParked, LetterResolved } = deadLetterEvents;
const named = { LetterParked, LetterResolved };

const instanceNamedIn = ({ stream, type, data }: StoredEvent): string | undefined => {
  if (type === DELETED) return idOf(stream);
  if (type !== 'LetterParked' && type !== 'LetterResolved') return undefined;
  const parsed = named[type].safeParse(data);
  return parsed.success ? (parsed.data.instanceId ?? undefined) : undefined;
};
