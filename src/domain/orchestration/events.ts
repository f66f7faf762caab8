// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';
import { name, serviceName, transport } from '../names.ts';

const durationMs = z.int().nonnegative().max(31_536_000_000);

export const retryPolicy = z.strictObject({
  maxRetries: z.int().min(0).max(1000),
  backoffMs: durationMs,
  factor: z.number().min(1).max(100),
  maxBackoffMs: durationMs,
  /** Share of the back-off that is random: 0 none, 1 all of it. */
  jitter: z.number().min(0).max(1),
  /** Error codes that end the step at once. */
  nonRetryable: z.array(z.string().max(80)).max(100),
});

/** A step as it is stored: every default applied, `dependsOn` spelled out whatever the type (decision 9). */
export const stepDefinition = z.strictObject({
  name,
  seq: z.int().nonnegative(),
  objectType: z.string().max(200),
  dependsOn: z.array(name),
  timeoutMs: durationMs.positive(),
  scheduleTimeoutMs: durationMs.positive().nullable(),
  retry: retryPolicy,
  undo: z.boolean(),
  onMissingWorker: z.enum(['wait', 'fail']),
});
export type StepDefinition = Readonly<z.infer<typeof stepDefinition>>;

export const definition = z.strictObject({
  type: z.enum(['sequential', 'simultaneous', 'graph']),
  onUndoFailure: z.enum(['stop', 'continue']),
  steps: z.array(stepDefinition).min(1),
});
/** What a run is pinned to. Steps are ordered by `seq`. */
export type Definition = Readonly<z.infer<typeof definition>>;

const failedStep = z.strictObject({ name: z.string().max(200), code: z.string().max(80) });

export const orchestrationEvents = {
  /** A new version of the definition. `hash` is SHA-256 of its canonical form. */
  DefinitionRegistered: z.strictObject({
    version: z.int().positive(),
    hash: z.string(),
    initiator: serviceName,
    definition,
  }),
  /** The whole set of steps this service now serves; it replaces what the service had before. */
  WorkersRegistered: z.strictObject({
    service: serviceName,
    steps: z.array(z.strictObject({ name, objectType: z.string().max(200).nullable(), transport })),
    /** Steps the registration named that the definition does not know (yet). */
    unknown: z.array(name),
    /** Steps it named more than once, as often as they came again. */
    repeated: z.array(name).exactOptional(),
  }),
  /** The initiator's own registration cannot be used and there is no working definition: status FAILED. */
  DefinitionRefused: z.strictObject({
    initiator: serviceName,
    code: z.string(),
    detail: z.string(),
  }),
} as const;

/** `attempt-<commandId>`: a registration that was refused, or that changed nothing. */
export const attemptEvents = {
  RegistrationAttempted: z.strictObject({
    orchName: name,
    role: z.string().max(80),
    service: z.string().max(200),
    outcome: z.enum(['refused', 'unchanged']),
    code: z.string().nullable(),
    detail: z.string().nullable(),
    /** JSON Pointer into the request, where the refusal names a field. */
    pointer: z.string().max(200).nullable(),
    registered: z.array(name),
    failed: z.array(failedStep),
  }),
} as const;

export type OrchestrationEvent = EventOf<typeof orchestrationEvents>;
export type AttemptEvent = EventOf<typeof attemptEvents>;

export const orchestrationSchemaVersion = '1.1';

/** Any stored form of them as the current one. */
export const parseOrchestrationEvent = parserOf(orchestrationEvents, orchestrationSchemaVersion);
export const parseAttemptEvent = parserOf(attemptEvents, orchestrationSchemaVersion);
