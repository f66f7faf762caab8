import type { Clock } from '../../clock/port.ts';
import type { Checkpoints, Position } from '../../event-store/port.ts';

export type CheckpointSaver = {
  /** Everything up to here is on the bus. @throws what saving throws. */
  readonly reached: (position: Position) => Promise<void>;
  /** Saves what is not saved yet. */
  readonly end: () => Promise<void>;
};

type Deps = {
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
  /** Saving later failed; it is done with the next batch. */
  readonly onTrouble: (error: unknown) => void;
};

const EVERY_MS = 250;

/**
 * Moves a follower's checkpoint at most four times a second, and soon after the last batch: each move is a durable
 * write, and one that a crash loses only means that some records are published again, with the same ids.
 */
export const checkpointSaver = (
  { checkpoints, clock, onTrouble }: Deps,
  follower: string,
): CheckpointSaver => {
  let unsaved: Position | undefined;
  let savedAt = -Infinity;
  let cancel: (() => void) | undefined;
  const save = async (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    const position = unsaved;
    if (position === undefined) return;
    savedAt = clock.now();
    await checkpoints.save(follower, position);
    if (unsaved === position) unsaved = undefined;
  };
  return {
    reached: async (position) => {
      unsaved = position;
      if (clock.now() - savedAt >= EVERY_MS) return save();
      cancel ??= clock.schedule(EVERY_MS, () => void save().catch(onTrouble));
    },
    end: save,
  };
};
