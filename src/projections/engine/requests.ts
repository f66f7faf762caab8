import type { ProjectorRequests, Refusal, RefusalCode, Unblocked } from '../../infra/projector/port.ts';
import type { Projection } from '../projection.ts';
import type { Context } from './context.ts';
import type { Follower } from './generations.ts';
import { follow, versionOf } from './generations.ts';
import type { Jobs } from './jobs.ts';
import { rebuild, rollback } from './rebuild.ts';
import type { RebuildMode } from './rebuild.ts';
import { refold } from './refold.ts';

/** What operators ask for, as jobs. */
export const requestsTo = (
  context: Context,
  jobs: Jobs,
  projections: readonly Projection[],
): ProjectorRequests => {
  const idle = idleOne(context, jobs, projections);
  const start = async (name: string, kind: 'rebuild' | 'verify', mode: RebuildMode) => {
    const live = idle(name);
    if ('kind' in live) return Promise.resolve(live);
    const { job } = jobs.add(kind, [name], (progress) => rebuild(context, live, mode, progress));
    return Promise.resolve({ kind: 'started' as const, job: job() });
  };
  return {
    rebuild: (name, { acceptChanges }) =>
      start(name, 'rebuild', acceptChanges ? 'accept-changes' : 'if-equal'),
    verify: (name) => start(name, 'verify', 'verify'),
    rollback: async (name) => {
      const live = idle(name);
      if ('kind' in live) return live;
      const previous = await previousOf(context, live);
      if (previous === undefined)
        return refused('no_previous_generation', `${name} has no earlier generation of this version`);
      // Another request may have come while this one looked.
      if (jobs.isBusy(name)) return busy(name);
      await jobs.add('rollback', [name], (progress) => rollback(context, previous, progress)).done;
      return { kind: 'rolled-back', generation: previous.slot.generation };
    },
    unblock: async (name, id) => {
      const live = idle(name);
      if ('kind' in live) return live;
      const refusal = await notBlocked(context, live, id);
      if (refusal !== undefined) return refusal;
      if (jobs.isBusy(name)) return busy(name);
      await jobs.add('refold', [name], (progress) => refold(context, live, [id], progress)).done;
      return unblocked(context, live, id);
    },
  };
};

const refused = (code: RefusalCode, detail: string): Refusal => ({ kind: 'refused', code, detail });

const busy = (name: string): Refusal =>
  refused('projection_busy', `${name} is being filled, rebuilt or refolded`);

const idleOne =
  ({ live }: Context, jobs: Jobs, projections: readonly Projection[]) =>
  (name: string): Follower | Refusal => {
    if (!projections.some(({ spec }) => spec.name === name))
      return refused('unknown_projection', `There is no projection ${name}`);
    const follower = live.get(name);
    return follower === undefined || jobs.isBusy(name) ? busy(name) : follower;
  };

/** Only a generation of this version can be brought up to date by this program. */
const previousOf = async ({ readStore }: Context, live: Follower): Promise<Follower | undefined> => {
  const { previous } = await readStore.generations(live.slot.name);
  if (previous === null || versionOf(previous) !== live.projection.version) return undefined;
  return follow(readStore, live.projection, previous);
};

const notBlocked = async ({ readStore }: Context, { slot }: Follower, id: string) => {
  const [document] = await readStore.getMany(slot, [id]);
  if (document === undefined) return refused('unknown_document', `${slot.name} has no document ${id}`);
  return document.blocked === null ? refused('document_not_blocked', `${id} is not blocked`) : undefined;
};

const unblocked = async ({ readStore }: Context, { slot }: Follower, id: string): Promise<Unblocked> => {
  const [document] = await readStore.getMany(slot, [id]);
  const blocked = document?.blocked ?? null;
  if (blocked === null) return { kind: 'unblocked' };
  return { kind: 'still-blocked', reason: blocked.reason, type: blocked.type };
};
