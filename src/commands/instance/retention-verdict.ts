import { cannotBeRead } from '../../domain/damage.ts';
import { isClosed } from '../../domain/dead-letter/state.ts';
import { letterStream } from '../../domain/dead-letter/aggregate.ts';
import type { Instance } from '../../domain/instance/state.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Letters } from '../dead-letter/letters.ts';
import type { Sagas } from '../deps.ts';
import type { Folded } from '../folded.ts';
import type { RetentionReads } from './retention-port.ts';

/** An instance as its stream has it, and the id it is looked at under. */
export type Looked = {
  readonly instanceId: string;
  readonly folded: Folded<unknown>;
  readonly state: Instance;
};

export type KeptWhy = 'held' | 'liveRun' | 'openLetter' | 'unread';

export type NeededDeps = {
  readonly reads: Pick<RetentionReads, 'liveRuns' | 'letters'>;
  readonly sagas: Pick<Sagas, 'load'>;
  readonly letters: Pick<Letters, 'load'>;
  /** Up to where those who pass events on have read; undefined where nobody does. */
  readonly passedOn: () => Promise<Position | undefined>;
  /** A run or dead letter cannot be read: it may need its instance, which is kept. */
  readonly onUnread: (stream: string, error: unknown) => void;
};

/** What keeps some of these instances: read models name candidates, the streams have the word. */
export const needsOf = async (deps: NeededDeps, looked: readonly Looked[]) => {
  const [passedOn, live, open] = await Promise.all([
    deps.passedOn(),
    liveCorrelations(deps, looked),
    withOpenLetter(deps, looked),
  ]);
  return ({ instanceId, folded, state }: Looked): KeptWhy | undefined => {
    if (state.isHeld) return 'held';
    if ([...state.correlationIds].some((id) => live.has(id))) return 'liveRun';
    if (open.has(instanceId)) return 'openLetter';
    return passedOn !== undefined && folded.position > passedOn ? 'unread' : undefined;
  };
};

const liveCorrelations = async (
  { reads, sagas, onUnread }: NeededDeps,
  looked: readonly Looked[],
): Promise<ReadonlySet<string>> => {
  const wanted = [...new Set(looked.flatMap(({ state }) => [...state.correlationIds]))];
  const live = new Set<string>();
  for (const { flowId, correlationId } of await reads.liveRuns(wanted)) {
    if (live.has(correlationId)) continue;
    const stream = sagaStream(flowId);
    // One whose undo failed waits for a person, who may need the instance.
    const isLive = await unlessUnread(onUnread, stream, async () => {
      const { state } = await sagas.load(stream);
      return state.kind !== 'absent' && state.ended === null;
    });
    if (isLive) live.add(correlationId);
  }
  return live;
};

/** True where it cannot be read: one stream must not hold up all others. */
const unlessUnread = async (
  onUnread: NeededDeps['onUnread'],
  stream: string,
  isNeeding: () => Promise<boolean>,
): Promise<boolean> => {
  try {
    return await isNeeding();
  } catch (error) {
    if (!cannotBeRead(error)) throw error;
    onUnread(stream, error);
    return true;
  }
};

const withOpenLetter = async (
  { reads, letters, onUnread }: NeededDeps,
  looked: readonly Looked[],
): Promise<ReadonlySet<string>> => {
  const named = await reads.letters(
    looked.map(({ instanceId }) => instanceId),
    'open',
  );
  const open = new Set<string>();
  for (const { letterId, instanceId } of named) {
    if (open.has(instanceId)) continue;
    const stream = letterStream(letterId);
    const isOpen = await unlessUnread(onUnread, stream, async () => {
      const { state } = await letters.load(stream);
      return state.kind === 'letter' && !isClosed(state);
    });
    if (isOpen) open.add(instanceId);
  }
  return open;
};

/** When it was made: as its import says, otherwise when it was recorded. */
export const isOlderThan = (cutoff: string, { folded, state }: Looked): boolean => {
  const madeAt = state.createdAt ?? folded.origin?.recordedAt;
  // RFC 3339 in UTC with milliseconds: order of text is order of time.
  return madeAt !== undefined && madeAt < cutoff;
};
