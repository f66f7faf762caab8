import { z } from 'zod';
import { name, transport } from '../../domain/names.ts';
import { definition, retryPolicy, stepDefinition } from '../../domain/orchestration/events.ts';
import { atLeastOneOf } from '../given-fields.ts';

const MAX_BACKOFF_MS = 300_000;

/** What the log can encode. */
const isText = (value: string): boolean => value.isWellFormed() && !value.includes('\u0000');
const NOT_TEXT = 'holds a NUL or half a character';

const retryInput = z
  .strictObject({
    maxRetries: retryPolicy.shape.maxRetries.default(3),
    backoffMs: retryPolicy.shape.backoffMs.default(5000),
    /** 1: the same pause before every retry. */
    factor: retryPolicy.shape.factor.default(1),
    /** Five minutes, or `backoffMs` where that is longer. */
    maxBackoffMs: retryPolicy.shape.maxBackoffMs.optional(),
    jitter: retryPolicy.shape.jitter.default(0),
    nonRetryable: retryPolicy.shape.nonRetryable.refine((codes) => codes.every(isText), NOT_TEXT).default([]),
  })
  .transform((retry) => ({
    ...retry,
    maxBackoffMs: retry.maxBackoffMs ?? Math.max(MAX_BACKOFF_MS, retry.backoffMs),
  }));

const unused = z.union([z.string(), z.boolean()]).nullish();

/** What the reference's newer clients say beside: how their own side is built. It means nothing here. */
const ofTheirs = { handlerClass: unused, doMethod: unused, undoMethod: unused, sharedTopic: unused };

const stepFields = z.strictObject({
  ...ofTheirs,
  name,
  /** Needed by sequential definitions; elsewhere all steps have one or none has. Workers need none. */
  seq: stepDefinition.shape.seq.nullable().default(null),
  /** Needed by initiators. */
  objectType: stepDefinition.shape.objectType.refine(isText, NOT_TEXT).nullable().default(null),
  /** Type graph only. */
  dependsOn: z.array(name).nullable().default(null),
  timeoutMs: stepDefinition.shape.timeoutMs.default(60_000),
  scheduleTimeoutMs: stepDefinition.shape.scheduleTimeoutMs.default(null),
  retry: retryInput.prefault({}),
  undo: z.boolean().default(true),
  onMissingWorker: stepDefinition.shape.onMissingWorker.default('wait'),
});

const stepInput = stepFields.transform(
  ({ name, seq, objectType, dependsOn, timeoutMs, scheduleTimeoutMs, retry, undo, onMissingWorker }) => ({
    ...{ name, seq, objectType, dependsOn, timeoutMs, scheduleTimeoutMs, retry, undo, onMissingWorker },
  }),
);

const TYPES = [...definition.shape.type.options, 'parallel'] as const;
const inAnyCase = (text: string): string =>
  text.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);

const typeInput = z
  .string()
  .toLowerCase()
  .pipe(z.enum(TYPES))
  .transform((type) => (type === 'parallel' ? 'simultaneous' : type))
  .meta({
    description: '`parallel` is another name of `simultaneous`. In any case.',
    anyOf: [{ enum: [...TYPES] }, { type: 'string', pattern: `^(?:${TYPES.map(inAnyCase).join('|')})$` }],
  });

type Names = Readonly<Record<'orchName' | 'orchestrationName', string | undefined>>;

/** What the description says of an object that `onlyName` reads. */
export const NAMED = atLeastOneOf('orchName', 'orchestrationName');

/** The name of an orchestration, given as `orchName` or by its older name. */
export const onlyName = ({ orchName, orchestrationName }: Names, context: z.RefinementCtx): string => {
  const given = orchName ?? orchestrationName;
  if (given === undefined) context.addIssue({ code: 'custom', path: ['orchName'], message: 'is required' });
  if (given !== (orchestrationName ?? given))
    context.addIssue({ code: 'custom', path: ['orchestrationName'], message: 'differs from orchName' });
  return given ?? z.NEVER;
};

/** The body of a registration, in JSON or YAML: its shape only. What it means is decided, and recorded, later. */
export const registerInput = z
  .strictObject({
    orchName: name.optional(),
    /** Older name of `orchName`. */
    orchestrationName: name.optional(),
    /** `initiator` or `worker`, in any case. Any other role is refused by the command: the attempt is recorded. */
    as: z.string().max(80).refine(isText, NOT_TEXT),
    type: typeInput.prefault('sequential'),
    transport: transport.default('http'),
    onUndoFailure: definition.shape.onUndoFailure.default('stop'),
    steps: z.array(stepInput),
  })
  .meta(NAMED)
  .transform(({ orchName, orchestrationName, ...rest }, context) => ({
    orchName: onlyName({ orchName, orchestrationName }, context),
    ...rest,
  }));

/** A registration together with the service it comes from (header `X-Service-Name`). */
export type RegisterInput = z.output<typeof registerInput> & { readonly service: string };

const MAX_NAME = 80;
const SUFFIX = '-service';

/** The service of a caller that does not name itself; cut where it would be longer than a name may be. */
export const defaultServiceOf = (orchName: string): string =>
  orchName.slice(0, MAX_NAME - SUFFIX.length) + SUFFIX;
