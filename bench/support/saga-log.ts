// A log full of finished runs of three steps, written through the event store as the product writes it.
import { hash, randomUUID } from 'node:crypto';
import { canonical } from '../../src/domain/canonical.ts';
import { definition as definitionSchema } from '../../src/domain/orchestration/events.ts';
import { sagaSchemaVersion } from '../../src/domain/saga/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { keyId, sealed } from '../../src/domain/sealed.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
import type { EventStore, Head } from '../../src/infra/event-store/port.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';

export const RUN_EVENTS = 8;
const IN_FLIGHT = 64;
const STEPS = ['reserve', 'charge', 'ship'] as const;
const KEY = keyId.parse(randomUUID());
const SEALED = sealed.parse(`1.${KEY}.${'x'.repeat(90)}`);
const SINCE = Date.UTC(2026, 0, 1);
const { next: nextId } = systemIds();

const rules = { undo: true, onMissingWorker: 'wait', timeoutMs: 60_000, scheduleTimeoutMs: null };
const backOff = { backoffMs: 1000, factor: 2, maxBackoffMs: 60_000, jitter: 0 };
const retry = { maxRetries: 3, ...backOff, nonRetryable: [] };
const body = definitionSchema.parse({
  ...{ type: 'sequential', onUndoFailure: 'stop' },
  steps: STEPS.map((name, at) => ({
    ...{ name, seq: at + 1, objectType: 'thing', retry, ...rules },
    dependsOn: STEPS.slice(Math.max(0, at - 1), at),
  })),
});
const ref = { version: 1, hash: hash('sha256', canonical(body)), initiator: 'orders' };
const definition = { ...ref, type: body.type };

/** What the runs are pinned to, as the log of an auditor has it. */
export const writeDefinition = async (store: EventStore): Promise<void> => {
  const event = { type: 'DefinitionRegistered', schemaVersion: '1.0', data: { ...ref, definition: body } };
  const id = randomUUID();
  const actor = { kind: 'service', id: 'orders', source: 'http' } as const;
  await store.append('orchestration-order', NO_STREAM, [{ eventId: randomUUID(), ...event }], {
    ...{ commandId: id, causationId: id, correlationId: id, actor },
  });
};

const started: SagaEvent = {
  type: 'SagaStarted',
  data: { orchName: 'order', definition, keyId: KEY, input: SEALED },
};
const dispatched = (step: string): SagaEvent => ({
  type: 'StepDispatched',
  data: {
    step,
    action: 'do',
    attempt: 1,
    iteration: 0,
    transport: 'http',
    inputs: [],
    reason: 'with-worker',
    since: SINCE,
    until: null,
    next: 'answer',
  },
});
const succeeded = (step: string): SagaEvent => ({
  type: 'StepSucceeded',
  data: { step, action: 'do', attempt: 1, result: SEALED, claim: null },
});

/** What a run of three steps appends, from its start to its end. */
export const RUN_APPENDS: readonly (readonly SagaEvent[])[] = [
  [started, dispatched(STEPS[0])],
  [succeeded(STEPS[0]), dispatched(STEPS[1])],
  [succeeded(STEPS[1]), dispatched(STEPS[2])],
  [succeeded(STEPS[2]), { type: 'SagaCompleted', data: {} }],
];

const actor = { kind: 'service', id: 'orders', source: 'http' } as const;

/** One run from its start to its end, as the engine appends it: an answer and what follows from it together. */
export const writeRun = async (store: EventStore): Promise<void> => {
  const flowId = nextId();
  let head: Head = NO_STREAM;
  for (const [index, events] of RUN_APPENDS.entries()) {
    const commandId = randomUUID();
    const owner = index === 0 ? { owner: 'orders' } : {};
    const result = await store.append(
      `saga-${flowId}`,
      head,
      events.map((event) => ({ ...event, eventId: randomUUID(), schemaVersion: sagaSchemaVersion })),
      { commandId, causationId: commandId, correlationId: flowId, actor, ...owner },
    );
    if (result.kind !== 'ok') throw new Error(`append ended in ${result.kind}`);
    head = result.events.at(-1) ?? head;
  }
};

export const writeRuns = async (store: EventStore, runs: number): Promise<void> => {
  let left = runs;
  const writer = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await writeRun(store);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
};
