import { instanceStream } from '../../domain/instance/aggregate.ts';
import type { Actor } from '../../domain/event.ts';
import { memberOf } from '../../domain/member-of.ts';
import type { RetentionResult, RetentionRun } from '../../domain/retention/state.ts';
import type { EventStore, Position } from '../../infra/event-store/port.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import type { Instances } from './instance-deps.ts';
import type { RetentionReads } from './retention-port.ts';
import { inChunks } from './in-chunks.ts';
import { isOlderThan, needsOf } from './retention-verdict.ts';
import type { Looked, NeededDeps } from './retention-verdict.ts';

export type RetentionRunDeps = NeededDeps & {
  readonly reads: RetentionReads;
  readonly instances: Pick<Instances, 'load' | 'execute'>;
  readonly store: Pick<EventStore, 'lastPosition'>;
  /** One could not be deleted; the others go on. `error` is undefined where the log only said no. */
  readonly onFailed: (instanceId: string, error: unknown) => void;
  /** Somebody else had deleted it meanwhile. */
  readonly onAlreadyDeleted: (instanceId: string) => void;
};

export type RetentionCounts = {
  deleted: number;
  /** Refused deliveries that this process has erased. */
  refusals: number;
  failed: number;
  readonly kept: { -readonly [Why in keyof RetentionResult['kept']]: number };
};

export const noneDeleted = (): RetentionCounts => ({
  ...{ deleted: 0, refusals: 0, failed: 0, kept: { held: 0, liveRun: 0, openLetter: 0, unread: 0 } },
});

const TRIES = 3;

const retention: Actor = { kind: 'system', id: 'retention', source: 'sweeper' };

/**
 * Deletes every instance made before the run's cutoff that nothing needs any more, each by one append on its own stream
 * at the revision it was judged at. What cannot be deleted now is counted and left; a repetition finds what is left.
 * Ends early, with false, when the signal aborts. @throws what the read models and the log throw.
 */
export const deleteExpired = (
  deps: RetentionRunDeps,
  run: RetentionRun,
  counts: RetentionCounts,
  signal: AbortSignal,
): Promise<boolean> =>
  inChunks(deps.reads.madeBefore(run.cutoff, signal), signal, (instanceIds) =>
    deleteSome(deps, run, { instanceIds, counts, signal }),
  );

type Some = {
  readonly instanceIds: readonly string[];
  readonly counts: RetentionCounts;
  readonly signal: AbortSignal;
};

const deleteSome = async (
  deps: RetentionRunDeps,
  run: RetentionRun,
  { instanceIds, counts, signal }: Some,
): Promise<void> => {
  let left = instanceIds;
  for (let tries = 0; tries < TRIES && left.length > 0; tries += 1) {
    const found = await Promise.all(left.map((instanceId) => look(deps, counts, instanceId)));
    const looked = found.flatMap((one) => (one === undefined ? [] : [one]));
    // What was under way when these streams were read is looked at too.
    await deps.reads.caughtUp(await deps.store.lastPosition(), signal);
    const keptWhy = await needsOf(deps, looked);
    const going = looked.filter((one) => isGoing(one, run, { counts, deps, why: keptWhy(one) }));
    const moved = await Promise.all(going.map((one) => deleteOne(deps, run, counts, one)));
    left = moved.flatMap((instanceId) => (instanceId === undefined ? [] : [instanceId]));
  }
  for (const instanceId of left) fail(deps, counts, instanceId);
};

const look = async (
  deps: RetentionRunDeps,
  counts: RetentionCounts,
  instanceId: string,
): Promise<Looked | undefined> => {
  try {
    const folded = await deps.instances.load(instanceStream(instanceId));
    const { state } = folded;
    return state.kind === 'absent' ? undefined : { instanceId, folded, state };
  } catch (error) {
    fail(deps, counts, instanceId, error);
    return undefined;
  }
};

const fail = (
  { onFailed }: RetentionRunDeps,
  counts: RetentionCounts,
  instanceId: string,
  error?: unknown,
): void => {
  counts.failed += 1;
  onFailed(instanceId, error);
};

type Judging = {
  readonly counts: RetentionCounts;
  readonly deps: RetentionRunDeps;
  readonly why: keyof RetentionCounts['kept'] | undefined;
};

const isGoing = (looked: Looked, run: RetentionRun, { counts, deps, why }: Judging): boolean => {
  const { deletion } = looked.state;
  if (deletion !== null) {
    // The read model is behind: this very run may have done it, before it was begun anew or just now.
    if (deletion.runId !== run.runId) deps.onAlreadyDeleted(looked.instanceId);
    return false;
  }
  if (!isOlderThan(run.cutoff, looked)) return false;
  if (why !== undefined) counts.kept[why] += 1;
  return why === undefined;
};

/** Its id again where something has happened to it since it was judged: it is to be judged once more. */
const deleteOne = async (
  deps: RetentionRunDeps,
  run: RetentionRun,
  counts: RetentionCounts,
  { instanceId, folded, state }: Looked,
): Promise<string | undefined> => {
  const commandId = commandIdOf('retention', run.runId, instanceId, String(state.revision));
  try {
    const outcome = await deps.instances.execute(
      instanceStream(instanceId),
      {
        type: 'DeleteInstance',
        deletion: { reason: 'expired', headers: null, runId: run.runId, words: null },
        revision: state.revision,
      },
      metadataOf(commandId, folded),
    );
    if (outcome.kind === 'accepted' && outcome.events.length > 0) counts.deleted += 1;
    else if (outcome.kind === 'unavailable') fail(deps, counts, instanceId, new NotDone(outcome));
    else return instanceId;
  } catch (error) {
    fail(deps, counts, instanceId, error);
  }
  return undefined;
};

const metadataOf = (commandId: string, { origin, headEventId }: Looked['folded']) => ({
  commandId,
  causationId: headEventId ?? commandId,
  correlationId: origin?.correlationId ?? commandId,
  actor: retention,
});

/** The log did not take what retention wanted to write. */
export class NotDone extends Error {
  override readonly name = 'NotDone';
  constructor({ code, detail }: { readonly code: string; readonly detail: string }) {
    super(`${code}: ${detail}`);
  }
}

/** How many a run has deleted, whoever did it: the log knows. */
export const deletedBy = async (
  store: Pick<EventStore, 'readAll'>,
  { runId }: RetentionRun,
  startedAt: Position,
): Promise<number> => {
  let after = startedAt;
  for (let deleted = 0; ;) {
    const slice = await store.readAll({ after, categories: ['instance'], max: 4096 });
    deleted += slice.events.filter(({ type, data }) => isOfRun(runId, type, data)).length;
    if (slice.isEnd) return deleted;
    after = slice.position;
  }
};

const isOfRun = (runId: string, type: string, data: unknown): boolean =>
  type === 'InstanceDeleted' && memberOf(data, 'runId') === runId;
