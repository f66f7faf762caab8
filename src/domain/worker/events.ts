// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';
import { name, serviceName } from '../names.ts';

const time = z.int().nonnegative();

/** Stream `worker-<service>`: only changes. Polls, heartbeats and when it was last seen are never events. */
export const workerEvents = {
  /** Nothing was heard of it since then: no poll, no heartbeat. */
  WorkerSilent: z.strictObject({ service: serviceName, since: time }),
  /** Its heartbeats come, but since then it has left this step's tasks on offer. */
  WorkerDeaf: z.strictObject({ service: serviceName, since: time, orchName: name, step: name }),
  /** It took up work again at that time. */
  WorkerBack: z.strictObject({ service: serviceName, since: time, was: z.enum(['silent', 'deaf']) }),
} as const;

export type WorkerEvent = EventOf<typeof workerEvents>;

export const workerSchemaVersion = '1.0';

/** Any stored form of them as the current one. */
export const parseWorkerEvent = parserOf(workerEvents, workerSchemaVersion);
