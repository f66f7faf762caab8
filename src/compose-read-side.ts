import type { FastifyBaseLogger } from 'fastify';
import type { Clock } from './infra/clock/port.ts';
import { eventsBetween } from './infra/event-store/embedded/position.ts';
import type { EventStore } from './infra/event-store/port.ts';
import { embeddedProjector } from './infra/projector/embedded.ts';
import type { Projector } from './infra/projector/port.ts';
import { embeddedReadStore } from './infra/read-store/embedded/embedded.ts';
import type { ReadStore } from './infra/read-store/port.ts';

export type ReadSideDeps = {
  readonly dataDir: string;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: FastifyBaseLogger;
  readonly onFatal: (error: unknown) => void;
  /** What to close, in the opposite order. */
  readonly closing: (() => unknown)[];
};

export type ReadSide = { readonly readStore: ReadStore; readonly projector: Projector };

/** Read models and what keeps them up with the log. The log must be open: the projector's thread only reads it. */
export const openReadSide = async (deps: ReadSideDeps): Promise<ReadSide> => {
  const { dataDir, store, clock, logger, onFatal, closing } = deps;
  const onRecreated = (reason: string): void => {
    if (reason !== 'missing') logger.warn({ reason }, 'the read models are begun anew from the log');
  };
  const readStore = await embeddedReadStore({ dataDir, onFailure: onFatal, onRecreated });
  closing.push(readStore.close);
  const projector = embeddedProjector({
    script: new URL('./projector-thread.ts', import.meta.url),
    dataDir,
    log: store,
    eventsBetween,
    clock,
    onFailure: onFatal,
    onRestart: (err) => {
      logger.error({ err }, 'the projector ended unexpectedly; another one is started');
    },
  });
  closing.push(projector.close);
  return { readStore, projector };
};
