import type { StandingOf } from '../../domain/liveness.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import type { OrchestrationView } from '../../projections/orchestration/read-model.ts';
import { getOrchestration } from './get-orchestration.ts';
import type { Preflight, PreflightProblem } from './preflight-view.ts';
import { servingOverKafka } from './over-kafka.ts';
import { retryProblems } from './retry-problems.ts';

type Deps = { readonly store: Pick<EventStore, 'readStream'>; readonly livenessOf: StandingOf };

/** Will it run now, and if not, what is missing; undefined when nothing was ever registered under the name. */
export const preflight =
  ({ store, livenessOf }: Deps) =>
  async (name: string): Promise<Preflight | undefined> => {
    const view = await getOrchestration(store)(name);
    if (view === undefined) return undefined;
    const overKafka = await servingOverKafka(store, name);
    const ofSteps = await Promise.all(
      view.steps.map((step) => stepProblems(step, overKafka(step.name), livenessOf)),
    );
    const problems = [
      ...definitionProblems(view),
      ...ofSteps.flat(),
      ...view.steps.flatMap(retryProblems),
      ...unknownSteps(view),
    ];
    const { orchName, status, position } = view;
    return { orchName, status, willRun: !problems.some(({ isBlocking }) => isBlocking), problems, position };
  };

const definitionProblems = ({ version, failureReason, orchName }: OrchestrationView): PreflightProblem[] => {
  if (version !== null) return [];
  const missing = `Orchestration not found: ${orchName}`;
  const isRefused = failureReason !== null && failureReason !== missing;
  const detail = isRefused ? `The definition was refused: ${failureReason}` : 'No initiator has registered.';
  return [{ code: isRefused ? 'definition_refused' : 'definition_missing', isBlocking: true, detail }];
};

type Step = OrchestrationView['steps'][number];

const stepProblems = async (
  { name: step, workers, onMissingWorker }: Step,
  unheard: ReadonlySet<string>,
  livenessOf: StandingOf,
) => {
  const isBlocking = true;
  if (workers.length === 0) {
    const what = onMissingWorker === 'fail' ? 'the step would fail' : 'the run would wait here';
    const detail = `No worker is registered for ${step}: ${what}.`;
    return [{ code: 'worker_missing', isBlocking, step, detail } satisfies PreflightProblem];
  }
  const watched = workers.filter((service) => !unheard.has(service));
  const standing = await Promise.all(
    watched.map(async (service) => ({ service, state: (await livenessOf(service)).state })),
  );
  const problems: PreflightProblem[] = standing.flatMap(({ service, state }) =>
    state === 'live'
      ? []
      : [{ code: `worker_${state}`, isBlocking: false, step, service, detail: WORDS[state](service) }],
  );
  if (watched.length < workers.length) return problems;
  if (standing.some(({ state }) => state === 'live' || state === 'unseen')) return problems;
  const detail = `Every worker of ${step} is silent or deaf.`;
  return [{ code: 'no_live_worker', isBlocking, step, detail } satisfies PreflightProblem, ...problems];
};

const WORDS: Readonly<Record<'silent' | 'deaf' | 'unseen', (service: string) => string>> = {
  silent: (service) => `Nothing has been heard of ${service} for some time.`,
  deaf: (service) => `${service} is alive but takes no work.`,
  unseen: (service) => `${service} has not been heard of since this server started.`,
};

const unknownSteps = ({ unknownSteps: unknown, version }: OrchestrationView): PreflightProblem[] =>
  version === null
    ? []
    : unknown.map(({ name: step, workers }) => ({
        code: 'unknown_step',
        isBlocking: false,
        step,
        detail: `${workers.join(', ')} would serve ${step}, which the definition does not have.`,
      }));
