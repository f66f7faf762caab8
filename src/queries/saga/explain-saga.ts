import type { StandingOf } from '../../domain/liveness.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import type { Claim, Task } from '../../infra/task-queue/port.ts';
import type { OrchestrationView } from '../../projections/orchestration/read-model.ts';
import { openWaits } from '../../projections/saga/waits.ts';
import type { OpenWait } from '../../projections/saga/waits.ts';
import { waitingReason } from '../../projections/saga/read-model.ts';
import { getOrchestration } from '../orchestration/get-orchestration.ts';
import { eventsIn } from '../stream/events-in.ts';
import { nextAction, runWords, stepWords } from './explain-words.ts';
import type { Candidate, Explanation, Held, OpenStep } from './explanation.ts';
import { operatorCommands } from './operator-commands.ts';
import { foldRun, timeSpent } from './time-spent.ts';

export type ExplainDeps = {
  readonly store: Pick<EventStore, 'readStream'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Who holds a task, and what was last said of it; undefined while nobody does. */
  readonly holderOf: (
    task: Pick<Task, 'flowId' | 'step' | 'action' | 'iteration' | 'attempt'>,
  ) => Promise<{ readonly claim: Claim; readonly progress: Held['progress'] } | undefined>;
  readonly livenessOf: StandingOf;
  /** Who serves a step of this name, in whichever orchestration. */
  readonly servicesOf: (step: string) => readonly { readonly service: string; readonly orchName: string }[];
};

/** Why a run waits, who can unblock it, what comes next and where its time went; undefined for an unknown run. */
export const explainSaga =
  (deps: ExplainDeps) =>
  async (flowId: string): Promise<Explanation | undefined> => {
    const run = foldRun(await eventsIn(deps.store, sagaStream(flowId)));
    if (run === undefined) return undefined;
    const { document } = run;
    const { orchName, status, waiting, position } = document;
    const orchestration = await getOrchestration(deps.store)(orchName);
    const steps = await Promise.all(
      openWaits(document).map((open) => openStep(deps, { flowId, orchName, orchestration }, open)),
    );
    const shown = asShown(waiting, steps);
    return {
      flowId,
      orchName,
      status,
      words: runWords({ ...document, waiting: shown }, steps),
      waiting: shown,
      steps,
      commands: operatorCommands(document),
      next: nextAction(document, steps),
      time: timeSpent(run, timeText(deps.now())),
      position,
    };
  };

/** The first by precedence of what is shown of its steps; what is not about a step is as the log has it. */
const asShown = (waiting: Explanation['waiting'], steps: readonly OpenStep[]): Explanation['waiting'] => {
  if (waiting === null || waiting.step === null) return waiting;
  const [first] = steps.toSorted((one, other) => rankOf(one) - rankOf(other));
  if (first === undefined) return waiting;
  const { reason, step, since, until, next } = first;
  return { reason, step, since, until, next };
};

const rankOf = ({ reason }: OpenStep): number => waitingReason.options.indexOf(reason);

type Around = {
  readonly flowId: string;
  readonly orchName: string;
  readonly orchestration: OrchestrationView | undefined;
};

const openStep = async (deps: ExplainDeps, around: Around, open: OpenWait): Promise<OpenStep> => {
  const { status, iteration, ...shown } = open;
  const { step, action, attempt } = open;
  const isOut = status === 'DISPATCHED';
  const task = { flowId: around.flowId, step, action, iteration, attempt };
  const holder = isOut ? await deps.holderOf(task) : undefined;
  const held = holder === undefined ? null : heldBy(holder.claim, holder.progress);
  const onOffer = isOut && held === null && open.reason === 'with-worker';
  const services = await candidates(deps, around, open);
  const wordless = { ...shown, until: boundOf(shown, held), held, onOffer, services };
  const missing = onOffer && !services.some(({ why }) => why === 'serves');
  const said = missing ? { ...wordless, ...missingIn(around, open) } : wordless;
  return { ...said, words: stepWords(said) };
};

/** What the log says of a task on offer bounds it no more once somebody has it: then it is given up unless its worker is heard. */
const boundOf = ({ reason, until }: Pick<OpenWait, 'reason' | 'until'>, held: Held | null) => {
  // While the run is paused, no time runs against it.
  if (held === null || reason !== 'with-worker') return until;
  const { leaseUntil, deadline } = held;
  return leaseUntil < deadline ? leaseUntil : deadline;
};

/** The log says that it was put on offer, and knows nothing of those who served it leaving since. */
const missingIn = ({ orchestration }: Around, { step, since }: OpenWait) => {
  const left = orchestration?.steps.find(({ name }) => name === step)?.missingSince ?? since;
  return { reason: 'worker-missing', since: left > since ? left : since, next: 'registration' } as const;
};

const heldBy = ({ by, at, leaseUntil, deadline }: Claim, progress: Held['progress']): Held => ({
  by,
  since: timeText(at),
  leaseUntil: timeText(leaseUntil),
  deadline: timeText(deadline),
  progress,
});

/** Those who serve the step; where nobody does, those who did, and those who serve one of the same name elsewhere. */
const candidates = (
  { livenessOf, servicesOf }: ExplainDeps,
  { orchName, orchestration }: Around,
  { step }: OpenWait,
): Promise<Candidate[]> => {
  const { serving, servedBefore } = servedBy(orchestration, step);
  const of = async (why: Candidate['why'], service: string, where = orchName): Promise<Candidate> => ({
    service,
    orchName: where,
    why,
    liveness: await livenessOf(service),
  });
  if (serving.length > 0) return Promise.all(serving.map((service) => of('serves', service)));
  const before = servedBefore.map((service) => of('served-before', service));
  const elsewhere = servicesOf(step)
    .filter((other) => other.orchName !== orchName)
    .map((other) => of('serves-elsewhere', other.service, other.orchName));
  return Promise.all([...before, ...elsewhere]);
};

const servedBy = (orchestration: OrchestrationView | undefined, step: string) => {
  const defined = orchestration?.steps.find(({ name }) => name === step);
  if (defined !== undefined) return { serving: defined.workers, servedBefore: defined.servedBefore };
  // A run may be pinned to an older version, with steps that the current one does not have.
  const offered = orchestration?.unknownSteps.find(({ name }) => name === step);
  return { serving: offered?.workers ?? [], servedBefore: [] };
};

const timeText = (ms: number): string => new Date(ms).toISOString();
