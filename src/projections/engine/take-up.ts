import type { Projection } from '../projection.ts';
import type { Context } from './context.ts';
import { fill } from './fill.ts';
import { follow, versionOf } from './generations.ts';
import type { Jobs } from './jobs.ts';
import { isOfThisLog, openMark } from './log-mark.ts';
import { retryBlocked } from './refold.ts';

/**
 * Takes up what an earlier process left: half-filled generations are dropped, live ones followed, and what has
 * no generation of this version (or one of another log: ahead of this one, or made of other events) is filled anew.
 * `served` gets the generations that are out of date but still answer queries.
 */
export const takeUp = async (
  context: Context,
  jobs: Jobs,
  projections: readonly Projection[],
  served: Map<string, number>,
): Promise<void> => {
  const missing: Projection[] = [];
  const end = await context.log.lastPosition();
  await openMark(context.readStore);
  const isSameLog = await isOfThisLog(context.log, context.readStore);
  for (const projection of projections) {
    const generation = await leftBehind(context, projection);
    if (generation === null) missing.push(projection);
    else if (!isSameLog || !(await takeLive(context, projection, generation, end))) {
      served.set(projection.spec.name, generation);
      missing.push(projection);
    }
  }
  if (missing.length > 0) {
    const names = missing.map(({ spec }) => spec.name);
    jobs.add('fill', names, (progress) => fill(context, missing, progress));
  }
  for (const live of context.live.values())
    jobs.add('refold', [live.slot.name], (progress) => retryBlocked(context, live, progress));
};

/** The live generation, whatever its version. */
const leftBehind = async ({ readStore }: Context, { spec: { name } }: Projection): Promise<number | null> => {
  const { live, filling } = await readStore.generations(name);
  if (filling !== null) await readStore.drop({ name, generation: filling });
  return live;
};

const takeLive = async (
  context: Context,
  projection: Projection,
  generation: number,
  end: string,
): Promise<boolean> => {
  if (versionOf(generation) !== projection.version) return false;
  const live = await follow(context.readStore, projection, generation);
  if (live.checkpoint > end) return false;
  context.live.set(projection.spec.name, live);
  context.onMoved([{ name: projection.spec.name, position: live.checkpoint, ids: null }]);
  return true;
};
