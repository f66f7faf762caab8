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

export type EraserDeps = EraseDeps & {
  readonly store: Pick<EventStore, 'readStream' | 'lastPosition' | 'subscribe'>;
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
  /** Up to where those who pass events on have read; undefined where nobody does. */
  readonly passedOn: () => Promise<Position | undefined>;
};

const ERASER = 'eraser';
const CATEGORIES = ['instance', 'deadletter'];
const AT_ONCE = 250;
const LOOK_AGAIN_MS = 250;

/**
 * Follows deletions and erases what was deleted, as soon as everybody who passes events on has read it, until the
 * signal aborts. What a batch asks for is done before the checkpoint moves. @throws what log, keys and read models throw.
 */
export const runEraser = async (deps: EraserDeps, signal: AbortSignal): Promise<void> => {
  const after = (await deps.checkpoints.load(ERASER)) ?? START;
  for await (const batch of deps.store.subscribe({ after, categories: CATEGORIES, signal })) {
    if (!(await take(deps, batch, signal))) return;
    if (batch.events.length > 0) await deps.checkpoints.save(ERASER, batch.position);
  }
};

/** False where the signal aborted before everything was done. */
const take = async (deps: EraserDeps, { events }: EventBatch, signal: AbortSignal): Promise<boolean> => {
  const deletions = events.filter(({ type }) => type === 'InstanceDeleted');
  for (let start = 0; start < deletions.length; start += AT_ONCE) {
    const some = deletions.slice(start, start + AT_ONCE);
    if (!(await untilPassedOn(deps, some.at(-1)?.position ?? START, signal))) return false;
    await eraseInstances(deps, some, signal);
  }
  await eraseLateLetters(deps, events);
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
const eraseLateLetters = async (deps: EraserDeps, events: readonly StoredEvent[]): Promise<void> => {
  for (const event of events) {
    const instanceId = instanceNamedIn(event);
    if (instanceId === undefined) continue;
    const stream = instanceStream(instanceId);
    const { state } = await deps.instances.reload(stream);
    if (state.kind === 'absent' || !state.isErased) continue;
    const { keyIds, letterKeyIds } = await erasableOf(deps, stream, [letterIdIn(event)]);
    await deps.keys.destroy(keyIds);
    await deps.keys.destroy(letterKeyIds);
  }
};

const { LetterParked, LetterResolved } = deadLetterEvents;
const named = { LetterParked, LetterResolved };

const instanceNamedIn = ({ type, data }: StoredEvent): string | undefined => {
  if (type !== 'LetterParked' && type !== 'LetterResolved') return undefined;
  const parsed = named[type].safeParse(data);
  return parsed.success ? (parsed.data.instanceId ?? undefined) : undefined;
};
