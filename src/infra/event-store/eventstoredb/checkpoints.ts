import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LogDamaged } from '../errors.ts';
import type { Checkpoints, Position } from '../port.ts';
import type { ReadDeps } from './events-of-stream.ts';
import { failureOf } from './failures.ts';
import { checkpointStream, newestOwn } from './own-streams.ts';
import { patiently } from './patience.ts';
import { toPosition, toWire } from './position.ts';
import { appendMessages } from './requests.ts';

const FOLLOWER = /^[a-z][a-z0-9-]*$/;
const checkpoint = z.strictObject({ commit: z.string(), prepare: z.string() });
// Every saving is one event; only the last one counts.
const KEEP_LAST = JSON.stringify({ $maxCount: 1 });

// Short enough to try several times.
const ANSWER_MS = 1000;

type Stored = { readonly revision: number; readonly position: Position | undefined };

/**
 * Checkpoints as events of `checkpoint-<follower>`, appended at the exact revision: of two that follow under one name
 * each sees the other's, and none goes back.
 */
export const checkpointsIn = (deps: ReadDeps): Checkpoints => {
  const turns = new Map<string, Promise<void>>();
  const load = async (follower: string): Promise<Stored> => {
    if (!FOLLOWER.test(follower)) throw new RangeError(`not the name of a follower: ${follower}`);
    const stream = checkpointStream(follower);
    const found = await newestOwn(deps, stream);
    if (found === undefined) return { revision: -1, position: undefined };
    const { success, data } = checkpoint.safeParse(found.data);
    if (!success) throw new LogDamaged(stream, found.revision, 'it holds no position');
    return { revision: found.revision, position: toPosition(data) };
  };
  const save = async (follower: string, position: Position): Promise<void> => {
    for (let stored = await load(follower); isBehind(stored, position); stored = await load(follower)) {
      if (stored.revision < 0) await keepLast(deps, checkpointStream(follower));
      await write(deps, checkpointStream(follower), stored.revision, position);
    }
  };
  return {
    load: async (follower) => (await load(follower)).position,
    // One after the other: the next would only find its revision taken.
    save: (follower, position) => {
      const turn = (turns.get(follower) ?? Promise.resolve()).then(() => save(follower, position));
      const settled = turn.catch(() => undefined);
      turns.set(follower, settled);
      void settled.then(() => {
        if (turns.get(follower) === settled) turns.delete(follower);
      });
      return turn;
    },
  };
};

const isBehind = ({ position: stored }: Stored, position: Position): boolean =>
  stored === undefined || stored < position;

const write = (deps: ReadDeps, stream: string, revision: number, position: Position): Promise<void> => {
  const wire = toWire(position) ?? { commit: '0', prepare: '0' };
  const event = { eventId: randomUUID(), type: 'Checkpoint', data: JSON.stringify(wire), metadata: '{}' };
  return appended(deps, appendMessages(deps.prefix + stream, revision, [event]));
};

const keepLast = (deps: ReadDeps, stream: string): Promise<void> => {
  const event = { eventId: randomUUID(), type: '$metadata', data: KEEP_LAST, metadata: '{}' };
  return appended(deps, appendMessages(`$$${deps.prefix}${stream}`, -1, [event]));
};

/** With the same ids until it is settled; that somebody was faster is settled too. */
const appended = (deps: ReadDeps, messages: ReturnType<typeof appendMessages>): Promise<void> =>
  patiently(deps, async (leftMs) => {
    try {
      await deps.link.append(messages, Math.min(leftMs, ANSWER_MS));
    } catch (error) {
      if (failureOf(error) !== 'wrong_version') throw error;
    }
  });
