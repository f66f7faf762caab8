import type { RegisterInput } from '../../src/commands/orchestration/register-input.ts';
import type { Prng } from '../../sdk/simulator/prng.ts';

/** Every step any definition may have; the services of an orchestration serve all of them together. */
export const ALL_STEPS: readonly string[] = ['a', 'b', 'c', 'd', 'e'];

type Step = RegisterInput['steps'][number];

/** A random definition that can be registered. */
export const randomDefinition = (random: Prng, orchName: string): RegisterInput => {
  const type = random.pick(['sequential', 'sequential', 'simultaneous', 'graph'] as const);
  const names = [...ALL_STEPS].sort(() => random.next() - 0.5).slice(0, random.between(1, 4));
  const steps = names.map((name, index) => ({
    ...randomStep(random, name),
    seq: index + 1,
    dependsOn: type === 'graph' ? [...random.some(names.slice(0, index))] : null,
  }));
  const onUndoFailure = random.pick(['stop', 'continue'] as const);
  return { orchName, as: 'initiator', type, transport: 'http', onUndoFailure, steps, service: 'initiator' };
};

const randomStep = (random: Prng, name: string): Omit<Step, 'seq' | 'dependsOn'> => ({
  name,
  objectType: 'thing',
  timeoutMs: random.pick([2000, 10_000, 60_000]),
  scheduleTimeoutMs: random.pick([null, null, null, 3000, 30_000]),
  retry: {
    maxRetries: random.between(0, 2),
    backoffMs: random.pick([0, 500, 5000]),
    factor: random.pick([1, 2]),
    maxBackoffMs: 8000,
    jitter: random.pick([0, 0.5, 1]),
    nonRetryable: ['hopeless'],
  },
  undo: random.chance(0.75),
  onMissingWorker: random.chance(0.85) ? 'wait' : 'fail',
});

/** The registration of a service for some steps. */
export const workerRegistration = (
  random: Prng,
  orchName: string,
  service: string,
  steps: readonly string[],
): RegisterInput => ({
  orchName,
  as: 'worker',
  type: 'sequential',
  transport: 'http',
  onUndoFailure: 'stop',
  service,
  steps: steps.map((name) => ({ ...randomStep(random, name), seq: null, dependsOn: null, objectType: null })),
});
