import { z } from 'zod';
import { eventMark, markIn } from '../../domain/event-mark.ts';
import type { EventMark } from '../../domain/event-mark.ts';
import { idOf } from '../../domain/stream-name.ts';
import { START, isStillIn } from '../../infra/event-store/port.ts';
import type { EventBatch, EventStore, Position } from '../../infra/event-store/port.ts';
import type { Snapshots } from '../../infra/snapshots/port.ts';
import { isOfOrchestration } from './moved.ts';

/** What a start must know of the log: which runs are open, and which orchestrations there are. */
export type OpenRuns = {
  readonly runs: Set<string>;
  readonly orchestrations: Set<string>;
  /** Every event up to here is in it. */
  position: Position;
  /** The last of them: where the log was put back to an earlier state, it is not there any more. */
  last: EventMark | undefined;
};

// Raised where another version would count other runs as open.
const FORM = 1;
const NAME = 'open-runs';
const body = z.strictObject({
  form: z.literal(FORM),
  runs: z.array(z.string()),
  orchestrations: z.array(z.string()),
  last: eventMark.optional(),
});

type Log = Pick<EventStore, 'lastPosition' | 'readAll'>;

const openings = new Set(['SagaStarted', 'UndoStarted']);
const endings = new Set(['SagaCompleted', 'SagaFailed', 'SagaUndone', 'SagaCancelled']);

/** As an earlier process left it; empty, at the log's start, where nothing usable is there. */
export const loadOpenRuns = async (store: Log, snapshots: Snapshots | undefined): Promise<OpenRuns> => {
  const snapshot = await snapshots?.load(NAME);
  const { data } = body.safeParse(snapshot?.body);
  if (snapshot === undefined || data === undefined || !(await isOf(store, snapshot.position, data.last)))
    return { runs: new Set(), orchestrations: new Set(), position: START, last: undefined };
  const { runs, orchestrations, last } = data;
  return { runs: new Set(runs), orchestrations: new Set(orchestrations), position: snapshot.position, last };
};

const isOf = async (store: Log, position: Position, last: EventMark | undefined): Promise<boolean> =>
  position <= (await store.lastPosition()) && (last === undefined || isStillIn(store, last));

export const saveOpenRuns = async (snapshots: Snapshots, open: OpenRuns): Promise<void> => {
  const { runs, orchestrations, position, last } = open;
  const kept = { form: FORM, runs: [...runs], orchestrations: [...orchestrations] };
  await snapshots.save(NAME, { position, body: last === undefined ? kept : { ...kept, last } });
};

/** Takes a batch in; batches must come in order. */
export const noteBatch = (open: OpenRuns, { events, position }: EventBatch): void => {
  for (const event of events) {
    if (openings.has(event.type)) open.runs.add(idOf(event.stream));
    else if (endings.has(event.type)) open.runs.delete(idOf(event.stream));
    else if (isOfOrchestration(event)) open.orchestrations.add(idOf(event.stream));
  }
  open.last = markIn(events, open.position) ?? open.last;
  open.position = position;
};
