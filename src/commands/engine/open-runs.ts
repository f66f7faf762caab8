import { z } from 'zod';
import { START } from '../../infra/event-store/port.ts';
import type { EventBatch, EventStore, Position } from '../../infra/event-store/port.ts';
import type { Snapshots } from '../../infra/snapshots/port.ts';
import { idOf, isOfOrchestration } from './moved.ts';

/** What a start must know of the log: which runs are open, and which orchestrations there are. */
export type OpenRuns = {
  readonly runs: Set<string>;
  readonly orchestrations: Set<string>;
  /** Every event up to here is in it. */
  position: Position;
};

// Raised where another version would count other runs as open.
const FORM = 1;
const NAME = 'open-runs';
const body = z.strictObject({
  form: z.literal(FORM),
  runs: z.array(z.string()),
  orchestrations: z.array(z.string()),
});

const openings = new Set(['SagaStarted', 'UndoStarted']);
const endings = new Set(['SagaCompleted', 'SagaFailed', 'SagaUndone', 'SagaCancelled']);

/** As an earlier process left it; empty, at the log's start, where nothing usable is there. */
export const loadOpenRuns = async (
  store: Pick<EventStore, 'lastPosition'>,
  snapshots: Snapshots | undefined,
): Promise<OpenRuns> => {
  const snapshot = await snapshots?.load(NAME);
  const known = body.safeParse(snapshot?.body);
  const isOfThisLog = snapshot !== undefined && snapshot.position <= (await store.lastPosition());
  if (!known.success || !isOfThisLog) return { runs: new Set(), orchestrations: new Set(), position: START };
  const { runs, orchestrations } = known.data;
  return { runs: new Set(runs), orchestrations: new Set(orchestrations), position: snapshot.position };
};

export const saveOpenRuns = async (snapshots: Snapshots, open: OpenRuns): Promise<void> => {
  const { runs, orchestrations, position } = open;
  await snapshots.save(NAME, {
    position,
    body: { form: FORM, runs: [...runs], orchestrations: [...orchestrations] },
  });
};

/** Takes a batch in; batches must come in order. */
export const noteBatch = (open: OpenRuns, { events, position }: EventBatch): void => {
  for (const event of events) {
    if (openings.has(event.type)) open.runs.add(idOf(event));
    else if (endings.has(event.type)) open.runs.delete(idOf(event));
    else if (isOfOrchestration(event)) open.orchestrations.add(idOf(event));
  }
  open.position = position;
};
