import type { Collection } from 'mongodb';
import { v4 as uuid } from 'uuid';
import { pause } from '../clock/port.ts';
import type { Clock } from '../clock/port.ts';
import type { MongoConnection } from '../mongodb/connect.ts';
import { MongoUnavailable } from '../mongodb/errors.ts';
import type { Answer, ProjectorMailbox } from './mailbox.ts';
import type { Call } from './messages.ts';

/** Calls and answers are JSON text: they cross between versions of Skald, not into queries. */
type Letter = {
  readonly _id: string;
  readonly call: string;
  readonly askedAt: number;
  readonly answer?: string;
};

const LOOK_MS = 150;
const GIVE_UP_MS = 10_000;
/** Clocks of two machines may differ by this much and more is left. */
const KEPT_MS = 60_000;
const AT_ONCE = 20;

/** A mailbox in a collection. Whoever asked takes the answer out again. */
export const mongoMailbox = (
  mongo: Pick<MongoConnection, 'collection' | 'run'>,
  clock: Clock,
): ProjectorMailbox => {
  const letters = mongo.collection<Letter>('projector_calls');
  return {
    ask: async (call) => {
      const _id = uuid();
      await mongo.run(() => letters.insertOne({ _id, call: JSON.stringify(call), askedAt: clock.now() }));
      try {
        return await answerTo({ mongo, letters, clock }, _id);
      } finally {
        await mongo.run(() => letters.deleteOne({ _id }));
      }
    },
    serve: async (perform, signal) => {
      const performed = new Map<string, string>();
      while (!signal.aborted) {
        const served = await serveWaiting({ mongo, letters, clock, performed }, perform).catch(noneWhileAway);
        if (served === 0) await pause(clock, LOOK_MS, signal);
      }
    },
  };
};

type Box = {
  readonly mongo: Pick<MongoConnection, 'run'>;
  readonly letters: Collection<Letter>;
  readonly clock: Clock;
};

const answerTo = async ({ mongo, letters, clock }: Box, id: string): Promise<Answer | undefined> => {
  const until = clock.now() + GIVE_UP_MS;
  while (clock.now() < until) {
    const letter = await mongo.run(() => letters.findOne({ _id: id, answer: { $exists: true } }));
    // Only `serveWaiting` writes answers, from values of this type.
    if (letter?.answer !== undefined) return JSON.parse(letter.answer) as Answer;
    await pause(clock, LOOK_MS);
  }
  return undefined;
};

/** Whoever performs goes on meanwhile: a change of primary must not end a rebuild of hours. */
const noneWhileAway = (error: unknown): number => {
  if (error instanceof MongoUnavailable) return 0;
  throw error;
};

/** Number of calls that waited. One whose asker has died is thrown away, not answered. */
const serveWaiting = async (
  { mongo, letters, clock, performed }: Box & { readonly performed: Map<string, string> },
  perform: (call: Call) => Promise<Answer>,
): Promise<number> => {
  await mongo.run(() => letters.deleteMany({ askedAt: { $lt: clock.now() - KEPT_MS } }));
  const asked = await mongo.run(() =>
    letters
      .find({ answer: { $exists: false } })
      .sort({ askedAt: 1 })
      .limit(AT_ONCE)
      .toArray(),
  );
  if (asked.length === 0) performed.clear();
  for (const { _id, call } of asked) {
    // Only `ask` writes calls, from values of this type.
    const answer = performed.get(_id) ?? JSON.stringify(await perform(JSON.parse(call) as Call));
    // Where it cannot be posted now it is posted later: a second rollback would undo the first.
    performed.set(_id, answer);
    await mongo.run(() => letters.updateOne({ _id }, { $set: { answer } }));
  }
  return asked.length;
};
