import type { JobResult } from '../../infra/projector/port.ts';
import type { StoredDocument } from '../../infra/read-store/port.ts';
import { concernsOf } from './concern.ts';
import type { Context, Progress } from './context.ts';
import { checkedBodies } from './checked-bodies.ts';
import { foldDocument } from './fold-document.ts';
import type { Follower } from './generations.ts';

const AT_ONCE = 1000;
const EVENTS = 4096;

/**
 * Folds blocked documents again from the last event that is in them, out of the log. Live folding may go on
 * between two steps; the documents are replaced in the step that has seen everything the live generation has.
 */
export async function* refold(
  context: Context,
  live: Follower,
  ids: readonly string[],
  progress: Progress,
): AsyncGenerator<void, JobResult, void> {
  progress.generation = live.slot.generation;
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const found = await context.readStore.getMany(live.slot, ids.slice(from, from + AT_ONCE));
    const documents = yield* refolded(context, live, found, progress);
    live.recent.forget();
    for (const document of documents) {
      await context.readStore.replace(live.slot, document);
      if (document.blocked === null) live.blocked.delete(document.id);
    }
    const changed = documents.map(({ id }) => id);
    context.onMoved([{ name: live.slot.name, position: live.checkpoint, ids: changed }]);
  }
  const blocked = ids.filter((id) => live.blocked.has(id)).length;
  return { kind: 'refolded', documents: ids.length, blocked };
}

async function* refolded(
  { log }: Context,
  live: Follower,
  found: readonly StoredDocument[],
  progress: Progress,
): AsyncGenerator<void, readonly StoredDocument[], void> {
  const projection = checkedBodies(live.projection);
  const before = new Map(found.flatMap((document) => startOf(document)));
  const documents = new Map(before);
  progress.phase = 'folding';
  progress.position = [...documents.values()].map(({ position }) => position).sort()[0] ?? live.checkpoint;
  while (progress.position < live.checkpoint) {
    const { categories } = projection;
    const slice = await log.readAll({ after: progress.position, max: EVENTS, categories });
    const reflected = slice.events.filter(({ position }) => position <= live.checkpoint);
    for (const [id, concerns] of concernsOf(projection, reflected)) {
      const document = documents.get(id);
      if (document !== undefined) documents.set(id, foldDocument(projection, document, concerns));
    }
    progress.position = slice.position;
    progress.events += slice.events.length;
    if (progress.position < live.checkpoint) yield;
  }
  // Untouched: its parked events no longer name it as theirs, which only a rebuild can settle.
  return [...documents.values()].filter((document) => document !== before.get(document.id));
}

/** Looks for blocked documents, which this program may be able to fold, and folds them again. */
export async function* retryBlocked(
  context: Context,
  live: Follower,
  progress: Progress,
): AsyncGenerator<void, JobResult, void> {
  await findBlocked(context, live);
  return yield* refold(context, live, [...live.blocked], progress);
}

/** Notes the blocked documents of a generation that was folded earlier. */
export const findBlocked = async ({ readStore }: Context, { slot, blocked }: Follower): Promise<void> => {
  for (const id of await readStore.blockedIds(slot)) blocked.add(id);
};

/** A blocked document as it was before what it could not take. */
const startOf = (document: StoredDocument): readonly (readonly [string, StoredDocument])[] => {
  const { id, blocked } = document;
  return blocked === null ? [] : [[id, { ...document, position: blocked.lastGood, blocked: null }]];
};
