import type { Definition, StepDefinition } from '../../src/domain/orchestration/events.ts';
import type { SagaCommand, RunCommand } from '../../src/domain/saga/commands.ts';
import type { Facts } from '../../src/domain/saga/facts.ts';
import { keyId, sealed } from '../../src/domain/sealed.ts';

export const NOW = 1_700_000_000_000;
export const KEY = keyId.parse('key-1');
export const INPUT = sealed.parse('1.key-1.aW5wdXQ');
export const RESULT = sealed.parse('1.key-1.cmVzdWx0');
export const ERROR = sealed.parse('1.key-1.ZXJyb3I');
export const CLAIM = { by: 'a-service', at: NOW - 5 } as const;

type StepOptions = Partial<Omit<StepDefinition, 'retry'>> & {
  readonly retry?: Partial<StepDefinition['retry']>;
};

/** A step that fails for good at its first failure, unless told otherwise. */
export const step = (name: string, { retry, ...others }: StepOptions = {}): StepDefinition => ({
  name,
  seq: 1,
  objectType: 'thing',
  dependsOn: [],
  timeoutMs: 60_000,
  scheduleTimeoutMs: null,
  retry: {
    maxRetries: 0,
    backoffMs: 1000,
    factor: 1,
    maxBackoffMs: 60_000,
    jitter: 0,
    nonRetryable: [],
    ...retry,
  },
  undo: true,
  onMissingWorker: 'wait',
  ...others,
});

type Options = { readonly onUndoFailure?: Definition['onUndoFailure'] };
const numbered = (steps: readonly StepDefinition[]): StepDefinition[] =>
  steps.map((each, index) => ({ ...each, seq: index + 1 }));

export const sequential = (steps: readonly StepDefinition[], { onUndoFailure = 'stop' }: Options = {}) => {
  const chained = steps.map((each, index) => {
    const previous = steps[index - 1];
    return { ...each, dependsOn: previous === undefined ? [] : [previous.name] };
  });
  return { type: 'sequential', onUndoFailure, steps: numbered(chained) } satisfies Definition;
};

export const simultaneous = (steps: readonly StepDefinition[], { onUndoFailure = 'stop' }: Options = {}) =>
  ({ type: 'simultaneous', onUndoFailure, steps: numbered(steps) }) satisfies Definition;

/** Dependencies as the steps name them. */
export const graph = (steps: readonly StepDefinition[], { onUndoFailure = 'stop' }: Options = {}) =>
  ({ type: 'graph', onUndoFailure, steps: numbered(steps) }) satisfies Definition;

export const pinned = (content: Definition, version = 1) => ({
  version,
  hash: `hash-${version}`,
  initiator: 'initiator',
  content,
});

/** Every step served by `<step>-service` over HTTP, at `NOW`, in the middle of chance. */
export const facts = (definition: Definition | null, others: Partial<Facts> = {}): Facts => ({
  now: NOW,
  random: 0.5,
  definition: definition === null ? null : pinned(definition),
  workers: servedBy(definition?.steps.map(({ name }) => name) ?? []),
  ...others,
});

export const servedBy = (steps: readonly string[]): Facts['workers'] =>
  new Map(steps.map((name) => [name, [{ service: `${name}-service`, transport: 'http' }]]));

export const NOBODY: Facts['workers'] = new Map();

export const start = (known: Facts): SagaCommand => ({
  type: 'StartSaga',
  orchName: 'tenant',
  keyId: KEY,
  input: INPUT,
  facts: known,
});

export const told = (command: RunCommand, known: Facts): SagaCommand => ({ ...command, facts: known });

type AnswerCommand = Extract<SagaCommand, { type: 'AnswerStep' }>;
type On = { readonly action?: 'do' | 'undo'; readonly attempt?: number | null };

export const succeed = (
  step: string,
  known: Facts,
  { action = 'do', attempt = null }: On = {},
): AnswerCommand => ({
  type: 'AnswerStep',
  step,
  action,
  attempt,
  answer: { kind: 'success', result: RESULT },
  claim: CLAIM,
  facts: known,
});

type Failure = On & { readonly retryable?: boolean; readonly code?: string | null };

export const fail = (
  step: string,
  known: Facts,
  { action = 'do', attempt = null, retryable = true, code = 'oops' }: Failure = {},
): AnswerCommand => ({
  type: 'AnswerStep',
  step,
  action,
  attempt,
  answer: { kind: 'failure', retryable, code, error: ERROR },
  claim: CLAIM,
  facts: known,
});

type Ran = { readonly action?: 'do' | 'undo'; readonly attempt?: number };

export const timeOut = (
  step: string,
  known: Facts,
  { action = 'do', attempt = 1, kind = 'run' }: Ran & { readonly kind?: 'run' | 'schedule' } = {},
): Extract<SagaCommand, { type: 'TimeOutStep' }> => ({
  type: 'TimeOutStep',
  step,
  action,
  attempt,
  kind,
  claim: CLAIM,
  facts: known,
});

export const lapse = (step: string, known: Facts, { action = 'do', attempt = 1 }: Ran = {}): SagaCommand => ({
  type: 'LapseStep',
  step,
  action,
  attempt,
  claim: CLAIM,
  facts: known,
});

export const takeBack = (
  step: string,
  known: Facts,
  { action = 'do', attempt = 1 }: Ran = {},
): SagaCommand => ({ type: 'TakeBackStep', step, action, attempt, facts: known });
