import type { DefinitionCandidate, StepCandidate } from '../../src/domain/orchestration/definition-rules.ts';
import type { RegisterDefinition, RegisterWorkers } from '../../src/domain/orchestration/decide.ts';
import type { OrchestrationEvent, StepDefinition } from '../../src/domain/orchestration/events.ts';

type EventOf<Type> = Extract<OrchestrationEvent, { type: Type }>;

const retry = {
  maxRetries: 3,
  backoffMs: 5000,
  factor: 1,
  maxBackoffMs: 300_000,
  jitter: 0,
  nonRetryable: [],
};

export const stepCandidate = (name: string, given: Partial<StepCandidate> = {}): StepCandidate => ({
  name,
  seq: null,
  objectType: 'Tenant',
  dependsOn: null,
  timeoutMs: 60_000,
  scheduleTimeoutMs: null,
  retry,
  undo: true,
  onMissingWorker: 'wait',
  ...given,
});

/** Steps named in the order of their `seq`, from 1. */
export const sequential = (...names: readonly string[]): DefinitionCandidate => ({
  type: 'sequential',
  onUndoFailure: 'stop',
  steps: names.map((name, index) => stepCandidate(name, { seq: index + 1 })),
});

export const simultaneous = (...steps: readonly StepCandidate[]): DefinitionCandidate => ({
  type: 'simultaneous',
  onUndoFailure: 'stop',
  steps,
});

/** Each step with what it depends on. */
export const graph = (edges: Readonly<Record<string, readonly string[]>>): DefinitionCandidate => ({
  type: 'graph',
  onUndoFailure: 'continue',
  steps: Object.entries(edges).map(([name, dependsOn]) => stepCandidate(name, { dependsOn })),
});

export const storedStep = (name: string, seq: number, dependsOn: readonly string[] = []): StepDefinition => ({
  ...stepCandidate(name),
  objectType: 'Tenant',
  seq,
  dependsOn: [...dependsOn],
});

export const registerDefinition = (candidate: DefinitionCandidate, hash = 'h1'): RegisterDefinition => ({
  type: 'RegisterDefinition',
  initiator: 'front',
  candidate,
  hash,
});

export const registerWorkers = (service: string, ...names: readonly string[]): RegisterWorkers => ({
  type: 'RegisterWorkers',
  service,
  transport: 'http',
  steps: names.map((name) => ({ name, objectType: 'Tenant' })),
});

/** A sequential definition over these steps, as it is stored. */
export const defined = (
  names: readonly string[],
  { version = 1, hash = 'h1' } = {},
): EventOf<'DefinitionRegistered'> => ({
  type: 'DefinitionRegistered',
  data: {
    version,
    hash,
    initiator: 'front',
    definition: {
      type: 'sequential',
      onUndoFailure: 'stop',
      steps: names.map((name, index) =>
        storedStep(name, index + 1, names.slice(Math.max(0, index - 1), index)),
      ),
    },
  },
});

export const workersRegistered = (
  service: string,
  names: readonly string[],
  unknown: readonly string[] = [],
): EventOf<'WorkersRegistered'> => ({
  type: 'WorkersRegistered',
  data: {
    service,
    steps: names.map((name) => ({ name, objectType: 'Tenant', transport: 'http' })),
    unknown: [...unknown],
  },
});

export const refused = (code: string, detail: string): EventOf<'DefinitionRefused'> => ({
  type: 'DefinitionRefused',
  data: { initiator: 'front', code, detail },
});
