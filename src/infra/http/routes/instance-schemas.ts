import { z } from 'zod';
import {
  flowHeaders,
  instanceObject,
  mostRetries,
  receiveInstanceInput,
} from '../../../commands/instance/inputs.ts';
import { describedInt64 } from '../../../domain/int64.ts';
import { operation } from './operation.ts';
import * as schemas from './schemas.ts';

export const TAG = 'instances';
export const onInstance = z.strictObject({ instanceId: describedInt64 });
export const onBatch = z.strictObject({ batchId: z.uuid().toLowerCase() });

/** The most instances that come in one request. */
const MOST_AT_ONCE = 100;

const EXAMPLE = {
  headers: {
    sourceApplicationId: '2',
    sourceApplicationIntegrationId: 'journalpost',
    correlationId: '0198f3a0-2222-7abc-8def-000000000002',
    fileIds: ['0198f3a0-2222-7abc-8def-0000000000f1'],
  },
  value: {
    valuePerKey: { tittel: 'Søknad om plass' },
    objectCollectionPerKey: { vedlegg: [{ valuePerKey: { navn: 'kart.pdf' }, objectCollectionPerKey: {} }] },
  },
  createdAt: '2026-01-31T12:00:00.000Z',
};

/**
 * As the command has it, its description a level deep: what refers to itself cannot be described within one route.
 */
const outerObject: z.ZodType = z.looseObject({
  valuePerKey: z.record(z.string(), z.string()).optional(),
  objectCollectionPerKey: z
    .record(z.string(), z.array(z.record(z.string(), z.unknown())))
    .optional()
    .meta({ description: 'Lists of objects of this same form, by key.' }),
});

export const receiveInput = z
  .strictObject({
    headers: flowHeaders,
    value: outerObject.pipe(instanceObject),
    createdAt: receiveInstanceInput.shape.createdAt,
  })
  .meta({ examples: [EXAMPLE] });
export const receivedAnswer = z.strictObject({ id: z.string(), position: schemas.position });

/** Each is looked at by itself: one that is wrong keeps no other from coming in. */
export const receiveManyInput = z.strictObject({
  items: z
    .array(
      z.strictObject({
        key: z
          .string()
          .regex(/^[\x20-\x7E]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
          .meta({ description: 'As an Idempotency-Key: the same again is the same instance.' }),
        instance: z.unknown().meta({
          description: 'As the body of POST /api/v1/instances.',
          examples: [EXAMPLE],
        }),
      }),
    )
    .min(1)
    .max(MOST_AT_ONCE),
  dryRun: z.boolean().default(false).meta({ description: 'Only looks whether each could come in.' }),
});

export const itemResult = z.strictObject({
  key: z.string(),
  /**
   * `repeated`: it came before, under the same key. `unavailable`: sent again it may come in. `valid`: in a dry run, it
   * has the right form.
   */
  outcome: z.enum(['received', 'repeated', 'refused', 'unavailable', 'valid']),
  id: z.string().nullable(),
  code: z.string().nullable(),
  detail: z.string().nullable(),
});
export type ItemResult = z.infer<typeof itemResult>;
export const receivedManyAnswer = z.strictObject({
  results: z.array(itemResult),
  /** Null where none came in. */
  position: schemas.position.nullable(),
});

export const retryAnswer = schemas.commandAnswer.extend({ correlationId: z.string() });
export const retriesInput = z.strictObject({ instanceIds: z.array(describedInt64).min(1).max(mostRetries) });

const retryResults = z
  .array(
    z.strictObject({
      instanceId: z.string(),
      outcome: z.enum(['requested', 'not-found', 'no-headers', 'failed']),
      correlationId: z.string().nullable(),
    }),
  )
  .readonly();
export const retriesAnswer = schemas.commandAnswer.extend({ batchId: z.string(), results: retryResults });
export const retryBatch = z.strictObject({
  batchId: z.string(),
  isFinished: z.boolean(),
  results: retryResults,
  revision: z.int(),
  position: schemas.position,
});

/** The description of a route that makes something. */
export const creating = <Answer extends z.ZodType>(summary: string, answer: Answer) => {
  const { response, ...description } = operation(TAG, summary, answer);
  const { 200: done, ...failures } = response;
  return { ...description, response: { 201: done.meta({ description: 'Made.' }), ...failures } };
};

/** Where the results of a batch of retries are. */
export const batchLocation = (batchId: string): string => `/api/v1/instances/retries/${batchId}`;
