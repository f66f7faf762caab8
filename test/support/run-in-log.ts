import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { orchestrationSchemaVersion } from '../../src/domain/orchestration/events.ts';
import type { Definition, OrchestrationEvent } from '../../src/domain/orchestration/events.ts';
import { sagaSchemaVersion } from '../../src/domain/saga/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import type { Head } from '../../src/infra/event-store/port.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { embeddedKeys } from '../../src/infra/keys/embedded.ts';
import { appended, metadata } from './events.ts';
import { freshDirectory } from './fresh-directory.ts';
import { manualClock } from './manual-clock.ts';
import { NOW } from './saga-builders.ts';
import { FLOW } from './saga-stored.ts';

type Event = SagaEvent | OrchestrationEvent;

/** A log with one orchestration, `tenant`, and one run; its clock stands at the time of the events' builders. */
export const runInLog = async () => {
  const dataDir = freshDirectory();
  const clock = manualClock(NOW);
  const store = await embeddedEventStore({ dataDir, clock });
  onTestFinished(() => store.close());
  const heads = new Map<string, Head>();

  const append = async (stream: string, schemaVersion: string, events: readonly Event[]): Promise<void> => {
    const fresh = events.map(({ type, data }) => ({
      eventId: crypto.randomUUID(),
      schemaVersion,
      type,
      data,
    }));
    const result = await store.append(stream, heads.get(stream) ?? NO_STREAM, fresh, metadata());
    const last = appended(result).events.at(-1);
    if (last !== undefined) heads.set(stream, { revision: last.revision, hash: last.hash });
  };
  const registered = (...events: readonly OrchestrationEvent[]): Promise<void> =>
    append('orchestration-tenant', orchestrationSchemaVersion, events);
  return {
    store,
    clock,
    /** The keys beside the log, with one reserved for the run. */
    opened: async () => {
      const keys = await embeddedKeys({ dataDir, masterKey: new Uint8Array(randomBytes(32)) });
      onTestFinished(() => keys.close());
      return { keys, keyId: await keys.reserve() };
    },
    registered,
    defined: (definition: Definition): Promise<void> =>
      registered({
        type: 'DefinitionRegistered',
        data: { version: 1, hash: 'hash-1', initiator: 'front', definition },
      }),
    served: (service: string, ...steps: readonly string[]): Promise<void> =>
      registered({
        type: 'WorkersRegistered',
        data: {
          service,
          steps: steps.map((name) => ({ name, objectType: null, transport: 'http' })),
          unknown: [],
        },
      }),
    ran: (...events: readonly SagaEvent[]): Promise<void> =>
      append(`saga-${FLOW}`, sagaSchemaVersion, events),
  };
};
export type RunInLog = Awaited<ReturnType<typeof runInLog>>;
