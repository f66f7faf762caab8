import type { Checkpoints, EventBatch, EventStore, Position } from '../../event-store/port.ts';
import { START } from '../../event-store/port.ts';
import { pause } from '../../clock/port.ts';
import type { Clock } from '../../clock/port.ts';
import { untilDone } from '../until-done.ts';
import { checkpointSaver } from './checkpoint-saver.ts';
import { integrationRecordOf } from './integration-event.ts';
import { NotPublished, publishUntilKnown } from './publish.ts';
import type { PublishDeps } from './publish.ts';
import { recordsOf } from './records-of.ts';
import type { Out, RecordsDeps } from './records-of.ts';

export type BridgeCounts = RecordsDeps['counts'] & { published: number; position: Position | null };

export const noneRelayed = (): BridgeCounts => ({ published: 0, omitted: 0, position: null });

export type BridgeDeps = PublishDeps &
  RecordsDeps & {
    readonly store: Pick<EventStore, 'subscribe' | 'lastPosition'>;
    readonly checkpoints: Checkpoints;
    readonly counts: BridgeCounts;
    /** Where to begin on a log that has events but no checkpoint. */
    readonly from?: 'start' | 'now';
  };

/** Its checkpoint's name. */
export const FOLLOWER = 'bridge';
/** Where what it publishes comes from. */
export const CATEGORIES = ['saga', 'orchestration', 'attempt', 'worker', 'deadletter', 'instance', 'intake'];
const AT_ONCE = 500;
const BETWEEN_MS = 50;

/** The bridge's checkpoint is gone, the log is not: publishing all of it again must be asked for. */
export class CheckpointMissing extends Error {
  override readonly name = 'CheckpointMissing';
  constructor() {
    super(
      'the log has events but no checkpoint of the bridge: set BRIDGE_FROM (or --from) to start, to publish all of them, or to now',
    );
  }
}

/** Where the bridge goes on; on a new log the checkpoint is made here. @throws CheckpointMissing */
export const bridgePosition = async ({
  checkpoints,
  store,
  from,
}: Pick<BridgeDeps, 'checkpoints' | 'store' | 'from'>): Promise<Position> => {
  const stored = await checkpoints.load(FOLLOWER);
  if (stored !== undefined) return stored;
  const last = await store.lastPosition();
  if (last !== START && from === undefined) throw new CheckpointMissing();
  const position = from === 'now' ? last : START;
  await checkpoints.save(FOLLOWER, position);
  return position;
};

/**
 * Publishes what happened, in log order, until the signal aborts: first the bus has it, then the checkpoint is
 * moved. A crash in between publishes a batch twice, with the same ids. @throws CheckpointMissing, what the log throws.
 */
export const runBridge = async (deps: BridgeDeps, signal: AbortSignal): Promise<void> => {
  const { bus, context } = deps;
  await untilDone({ ...deps, signal }, () => bus.ensureTopics(context.topics.fixed));
  const after = await bridgePosition(deps);
  deps.counts.position = after;
  const saver = checkpointSaver(deps, FOLLOWER);
  try {
    for await (const batch of deps.store.subscribe({ after, categories: CATEGORIES, signal })) {
      const next = deps.clock.now() + BETWEEN_MS;
      if (!(await relay(deps, batch, signal))) return;
      if (batch.events.length > 0) await saver.reached(batch.position);
      deps.counts.position = batch.position;
      // Before the next batch is taken, not with it in hand: all that has come by then is in it.
      if (batch.events.length > 0) await pauseUntil(deps.clock, next, signal);
    }
  } finally {
    await saver.end();
  }
};

/** What comes alone goes at once, what comes in a rush goes together. */
const pauseUntil = async (clock: Clock, time: number, signal: AbortSignal): Promise<void> => {
  const early = time - clock.now();
  if (early > 0) await pause(clock, early, signal);
};

/** False where the signal aborted before everything was published. */
const relay = async (deps: BridgeDeps, { events }: EventBatch, signal: AbortSignal): Promise<boolean> => {
  for (let start = 0; start < events.length; start += AT_ONCE) {
    const out = await recordsOf(deps, events.slice(start, start + AT_ONCE));
    if (out.length > 0 && !(await publishInOrder(deps, out, signal))) return false;
    deps.counts.published += out.length;
  }
  return true;
};

const publishInOrder = async (
  deps: BridgeDeps,
  out: readonly Out[],
  signal: AbortSignal,
): Promise<boolean> => {
  const records = out.map(({ record }) => record);
  const result = await publishUntilKnown(deps, records, signal);
  if (result.kind !== 'refused') return result.kind === 'ok';
  for (const one of out) if (!(await publishOrOmit(deps, one, signal))) return false;
  return true;
};

/** One record alone: too large, its marker; too large even so, nothing of it. Neither holds up what follows. */
const publishOrOmit = async (
  deps: BridgeDeps,
  { record, event }: Out,
  signal: AbortSignal,
): Promise<boolean> => {
  const result = await publishUntilKnown(deps, [record], signal);
  if (result.kind !== 'refused') return result.kind === 'ok';
  deps.onTrouble(new NotPublished(record.topic, result));
  deps.counts.omitted += 1;
  const marker = event && integrationRecordOf(deps.context, event, 'too_large');
  return marker === undefined || publishOrOmit(deps, { record: marker }, signal);
};
