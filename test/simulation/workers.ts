import type { RegisterInput } from '../../src/commands/orchestration/register-input.ts';
import type { TaskAnswerInput } from '../../src/commands/task/inputs.ts';
import type { WorkerTask } from '../../src/commands/task/worker-task.ts';
import { ALL_STEPS, workerRegistration } from './definitions.ts';
import { actionIn, needs, statusOfRun } from './model-run.ts';
import type { RunModel } from './model-run.ts';
import type { Sim } from './sim.ts';

const CONTEXT = { actor: { kind: 'service', id: 'worker', source: 'http' } } as const;
export const INPUT = 'the input';
const textOf = (base64: string): string => Buffer.from(base64, 'base64').toString();

/** Registers until it is known to have been taken. */
export const registerSurely = async (sim: Sim, input: RegisterInput): Promise<void> => {
  for (;;) {
    const asked = await sim.cluster.ask(`register ${input.service}`, (world) =>
      world.register(input, CONTEXT),
    );
    if (asked.kind === 'answer' && asked.value.kind === 'done') {
      if (input.as === 'initiator') sim.acknowledged.set(input.orchName, sim.model.versionOf(input.orchName));
      return;
    }
    if (asked.kind === 'answer' && asked.value.kind === 'rejected')
      throw new Error(`refused: ${asked.value.code}`);
    await sim.sleep(1000);
  }
};

// No definition has this step.
const ELSEWHERE = 'elsewhere';

/** One service: registers, sooner or later, some or all of its steps, and works on what it is given. */
export const runService = async (
  sim: Sim,
  orchName: string,
  service: string,
  steps: readonly string[],
): Promise<void> => {
  const { random, faults } = sim;
  const say = (some: readonly string[]) =>
    registerSurely(sim, workerRegistration(random, orchName, service, some));
  await sim.sleep(faults.hits('worker-comes-late') ? random.between(1, 60_000) : 0);
  await say(faults.hits('worker-registers-less') ? [random.pick(steps)] : steps);
  const isWhole = (): boolean => sim.model.servedBy(orchName, service) >= steps.length;
  while (!sim.isOver()) {
    while (sim.isCalm() && !isWhole()) {
      await say(steps);
      await sim.sleep(1000);
    }
    if (faults.hits('worker-registers-less')) await say(random.chance(0.5) ? steps : [random.pick(steps)]);
    await mayLeave(sim, say, steps);
    await pollOnce(sim, service);
  }
};

/** Gives all its steps up for a while, which may be short, or does not. */
const mayLeave = async (
  sim: Sim,
  say: (steps: readonly string[]) => Promise<void>,
  steps: readonly string[],
): Promise<void> => {
  if (!sim.faults.hits('worker-leaves')) return;
  await say([ELSEWHERE]);
  await sim.sleep(sim.random.between(100, 90_000));
  await say(steps);
};

const pollOnce = async (sim: Sim, service: string): Promise<void> => {
  const { random } = sim;
  const waitMs = sim.isCalm() ? 30_000 : random.pick([0, 10_000, 30_000, 30_000]);
  const input = { service, max: random.between(1, 4), waitMs };
  const polled = await sim.cluster.ask(
    `poll ${service}`,
    (world) => world.poll(input, sim.never),
    (world, given) => world.release(given),
  );
  const tasks = polled.kind === 'answer' ? polled.value : [];
  for (const task of tasks) sim.run(() => work(sim, task));
  if (waitMs === 0 || polled.kind === 'lost') await sim.sleep(random.between(100, 10_000));
};

const work = async (sim: Sim, task: WorkerTask): Promise<void> => {
  checkTask(sim, task);
  const { faults, outside } = sim;
  await sim.sleep(sim.random.between(0, 1500));
  if (faults.hits('worker-never-answers')) return;
  await dawdle(sim, task);
  const failure = failureOf(sim);
  if (failure !== undefined) {
    await answer(sim, task, failure);
    return;
  }
  outside.perform(task);
  if (faults.hits('worker-loses-answer')) return;
  await answer(sim, task, { status: 'SUCCESS' });
  if (faults.hits('worker-answers-twice')) await answer(sim, task, { status: 'SUCCESS' });
};

const dawdle = async (sim: Sim, task: WorkerTask): Promise<void> => {
  const { faults, random, scheduler } = sim;
  if (faults.hits('worker-heartbeats')) await heartbeats(sim, task);
  if (faults.hits('worker-connection-dies')) await disconnect(sim, task);
  if (faults.hits('worker-answers-after-deadline'))
    await sim.sleep(Date.parse(task.deadline) - scheduler.now() + random.between(1, 5000));
  if (faults.hits('worker-answers-after-end')) await untilOver(sim, task);
  if (faults.hits('worker-old-attempt-answers')) await untilReplaced(sim, task);
};

const failureOf = ({ faults, random }: Sim): TaskAnswerInput['metadata'] | undefined => {
  if (faults.hits('worker-fails-final')) {
    const how = random.chance(0.5) ? { retryable: false } : { code: 'hopeless' };
    return { status: 'FAILED', error: 'broken', ...how };
  }
  if (!faults.hits('worker-fails-retryable')) return undefined;
  return { status: 'FAILED', error: 'not now', retryable: true };
};

const heartbeats = async (sim: Sim, task: WorkerTask): Promise<void> => {
  const { flowId, stepName, action, attempt } = task;
  for (let beat = sim.random.between(1, 4); beat > 0; beat -= 1) {
    const sent = [{ flowId, stepName, action, attempt, progress: { left: beat } }];
    await sim.cluster.ask('heartbeat', (world) => world.heartbeat(sent));
    await sim.sleep(sim.leaseMs / 2);
  }
};

const GRACE_MS = 2000;

/** The server takes the worker for gone; the worker goes on, and answers over another connection. */
const disconnect = async (sim: Sim, task: WorkerTask): Promise<void> => {
  const held = { ...task, leaseUntil: Date.parse(task.leaseUntil) };
  const { flowId, stepName: step, attempt } = task;
  const action = task.action === 'DO' ? 'do' : 'undo';
  const until = sim.scheduler.now() + Math.max(0, GRACE_MS - sim.behindMs);
  sim.model.abandon({ flowId, step, action, attempt }, until);
  await sim.cluster.ask('connection is cut', (world) => world.abandon([held]));
  await sim.sleep(sim.random.between(0, 5000));
};

const MAX_WAITS = 40;

/** Holds the task until its run turns to undoing or ends, or for some minutes. */
const untilOver = async (sim: Sim, { flowId }: WorkerTask): Promise<void> => {
  for (let waits = 0; waits < MAX_WAITS && sim.model.runs.get(flowId)?.phase === 'doing'; waits += 1)
    await sim.sleep(5000);
};

/** Holds the task until a later attempt is under way, or for some minutes. */
const untilReplaced = async (sim: Sim, { flowId, stepName, action, attempt }: WorkerTask): Promise<void> => {
  const run = sim.model.runs.get(flowId);
  const current = () =>
    run === undefined ? 0 : actionIn(run, stepName, action === 'DO' ? 'do' : 'undo').attempt;
  for (let waits = 0; waits < MAX_WAITS && current() === attempt; waits += 1) await sim.sleep(5000);
};

const answer = async (sim: Sim, task: WorkerTask, metadata: TaskAnswerInput['metadata']): Promise<void> => {
  const { flowId, orchName, stepName, action, attempt } = task;
  // Without a number it counts for the current attempt: only a worker that knows it holds that one leaves it out.
  const isHeld = placeOf(sim, task).attempt === attempt && metadata.status === 'SUCCESS';
  const numbered = isHeld && sim.faults.hits('worker-gives-no-attempt') ? {} : { attempt };
  const payload = Buffer.from(`${stepName} is done`).toString('base64');
  const input = { flowId, orchName, stepName, action, metadata, payload, ...numbered };
  const outcome = await answerSurely(sim, input);
  if (outcome === 'accepted' && 'attempt' in numbered) checkAccepted(sim, task, metadata.status);
};

/** Sends the answer until it is known what became of it, or for some tries. */
const answerSurely = async (sim: Sim, input: TaskAnswerInput): Promise<string | undefined> => {
  const label = `answer ${input.action} ${input.stepName}`;
  for (let tries = 0; tries < 30; tries += 1) {
    const asked = await sim.cluster.ask(label, (world) => world.answer([input], CONTEXT));
    const outcome = asked.kind === 'answer' ? asked.value[0]?.outcome : 'unavailable';
    if (outcome !== 'unavailable') return outcome;
    await sim.sleep(500);
  }
  return undefined;
};

const placeOf = (sim: Sim, { flowId, stepName, action }: WorkerTask) => {
  const run = sim.model.runs.get(flowId);
  if (run === undefined) throw new Error(`I-21 a task of a run that is not in the log: ${flowId}`);
  return actionIn(run, stepName, action === 'DO' ? 'do' : 'undo');
};

const checkAccepted = (sim: Sim, task: WorkerTask, status: 'SUCCESS' | 'FAILED'): void => {
  const recorded = placeOf(sim, task).outcomes.get(task.attempt);
  if (recorded !== status)
    throw new Error(
      `I-26 the answer to attempt ${task.attempt} was taken, but recorded is ${String(recorded)}`,
    );
};

/** A worker is given nothing that the log does not know of, and all that it was promised. */
const checkTask = (sim: Sim, task: WorkerTask): void => {
  const { flowId, stepName, action, attempt, payload, results } = task;
  if (placeOf(sim, task).attempt < attempt)
    throw new Error(`I-21 attempt ${attempt} of ${stepName} before its intent`);
  const run = sim.model.runs.get(flowId);
  if (run === undefined || action === 'UNDO') return;
  const needed = needs(run, stepName);
  const missing = needed.find((name) => textOf(results[name] ?? '') !== `${name} is done`);
  if (missing !== undefined) throw new Error(`${stepName} was given no result of ${missing}`);
  const expected = payloadFor(run, needed);
  if (textOf(payload) !== expected)
    throw new Error(`${stepName} of a ${statusOfRun(run)} run was given ${textOf(payload)}`);
};

/** The previous step's answer in a sequential run, else what the run was started with. */
const payloadFor = ({ definition }: RunModel, needed: readonly string[]): string => {
  const [previous] = definition?.type === 'sequential' ? needed : [];
  return previous === undefined ? INPUT : `${previous} is done`;
};

/** Splits all steps over one to three services; some steps have more than one. */
export const servicesOf = (sim: Sim, orchName: string): readonly (readonly [string, readonly string[]])[] => {
  const count = sim.random.between(1, 3);
  return Array.from({ length: count }, (_, index) => {
    const own = ALL_STEPS.filter((_step, at) => at % count === index);
    const more = sim.random.chance(0.5) ? sim.random.some(ALL_STEPS) : [];
    return [`${orchName}-service-${index}`, [...new Set([...own, ...more])]] as const;
  });
};
