import { eventMark, markIn } from '../../domain/event-mark.ts';
import type { EventMark } from '../../domain/event-mark.ts';
import { isStillIn } from '../../infra/event-store/port.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { ProjectorLog } from '../../infra/projector/port.ts';
import type { CollectionSpec, ReadStore, SlotBatch } from '../../infra/read-store/port.ts';

export type MarkedLog = ProjectorLog & {
  /** The last event that was read of it so far. */
  readonly lastRead: () => EventMark | undefined;
};

// Beside the read models, so that it goes with them where they are dropped or put back.
const SPEC: CollectionSpec = { name: 'log-mark', fields: {}, indexes: [], history: false };
const SLOT = { name: SPEC.name, generation: 1 };
const ID = 'last';

export const markedLog = (log: ProjectorLog): MarkedLog => {
  let last: EventMark | undefined;
  return {
    lastPosition: log.lastPosition,
    readAll: async (options) => {
      const slice = await log.readAll(options);
      const read = markIn(slice.events, options.after);
      if (read !== undefined && read.position > (last?.position ?? '')) last = read;
      return slice;
    },
    lastRead: () => last,
  };
};

/** To be written together with what was folded up to `checkpoint`. */
export const markBatch = (last: EventMark | undefined, checkpoint: Position): readonly SlotBatch[] =>
  last === undefined || last.position > checkpoint
    ? []
    : [
        {
          slot: SLOT,
          documents: [{ id: ID, position: last.position, body: last, blocked: null }],
          checkpoint,
        },
      ];

/** Makes the place of the mark where there is none. */
export const openMark = async (readStore: ReadStore): Promise<void> => {
  if ((await readStore.generations(SPEC.name)).live !== null) return;
  await readStore.fill(SPEC, SLOT.generation);
  await readStore.seal(SPEC, SLOT.generation);
  await readStore.switchTo(SLOT);
};

/** In the place of any earlier one, also of a later position: all read models are of this log now. */
export const renewMark = async (readStore: ReadStore, last: EventMark | undefined): Promise<void> => {
  await readStore.drop(SLOT);
  await openMark(readStore);
  if (last !== undefined) await readStore.writeAll(markBatch(last, last.position));
};

/** False where the last event that was folded is not in this log. True where nothing is known of it. */
export const isOfThisLog = async (log: ProjectorLog, readStore: ReadStore): Promise<boolean> => {
  const [document] = await readStore.getMany(SLOT, [ID]);
  const { data } = eventMark.safeParse(document?.body);
  return data === undefined || isStillIn(log, data);
};
