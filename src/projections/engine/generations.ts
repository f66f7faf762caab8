import { START } from '../../infra/event-store/port.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Generations, ReadStore } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';
import type { Target } from './fold-batch.ts';
import type { Recent } from './recent.ts';
import { noDocuments, recentDocuments } from './recent.ts';

/** A generation that is being kept up with the log. */
export type Follower = Target & {
  checkpoint: Position;
  /** Ids of its blocked documents. */
  readonly blocked: Set<string>;
  readonly recent: Recent;
};

// A generation's number says which version of its projection made it, so that a raised version is seen at start.
const PER_VERSION = 1_000_000;

export const versionOf = (generation: number): number => Math.floor(generation / PER_VERSION);

/** The number after every known one of this version: `version × 1,000,000 + n`, n from 1. */
const nextGeneration = (version: number, { live, previous, filling }: Generations): number => {
  const known = [live, previous, filling].filter((one) => one !== null && versionOf(one) === version);
  return Math.max(version * PER_VERSION, ...known.map(Number)) + 1;
};

/** Takes up a generation where its checkpoint says that it is; at the start of the log where it has none. */
export const follow = async (
  store: ReadStore,
  projection: Projection,
  generation: number,
): Promise<Follower> => {
  const slot = { name: projection.spec.name, generation };
  const checkpoint = (await store.checkpoint(slot)) ?? START;
  return { projection, slot, checkpoint, blocked: new Set(), recent: recentOf(projection) };
};

/** What is never loaded need not be known. */
const recentOf = (projection: Projection): Recent =>
  projection.spec.isWrittenOnce === true ? noDocuments : recentDocuments(projection);

/** Starts to fill the next generation; whatever was being filled before is dropped. */
export const beginFilling = async (store: ReadStore, projection: Projection): Promise<Follower> => {
  const { name } = projection.spec;
  const known = await store.generations(name);
  if (known.filling !== null) await store.drop({ name, generation: known.filling });
  const generation = nextGeneration(projection.version, known);
  await store.fill(projection.spec, generation);
  return follow(store, projection, generation);
};

/** Makes a sealed generation the live one; of the older ones only the one that was live is kept. */
export const makeLive = async (store: ReadStore, { slot }: Follower): Promise<void> => {
  const { previous } = await store.generations(slot.name);
  // Before the switch: a crash in between costs the way back, never the live generation.
  if (previous !== null && previous !== slot.generation)
    await store.drop({ name: slot.name, generation: previous });
  await store.switchTo(slot);
};

/** Of what had to be filled, a generation of the same version is of another log: nobody may go back to it. */
export const dropOfAnotherLog = async (store: ReadStore, { projection, slot }: Follower): Promise<void> => {
  const { name } = slot;
  const { previous } = await store.generations(name);
  if (previous !== null && versionOf(previous) === projection.version)
    await store.drop({ name, generation: previous });
};
