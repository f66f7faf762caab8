import type { TaskAnswerInput } from '../../src/commands/task/inputs.ts';
import type { WorkerTask } from '../../src/commands/task/worker-task.ts';
import type { Json } from '../src/generated/shapes.ts';
import { perform } from '../src/worker/perform.ts';
import { progressOf } from '../src/worker/progress.ts';
import type { Steps } from '../src/worker/step.ts';
import type { UserSim } from './user-sim.ts';

export type Service = { readonly service: string; readonly steps: Steps };

const CONTEXT = { actor: { kind: 'service', id: 'worker', source: 'http' } } as const;
const MOST_TRIES = 30;

/** Polls for ever, and works on what it is given. */
export const runService = async (sim: UserSim, { service, steps }: Service): Promise<void> => {
  const { cluster, random } = sim;
  for (;;) {
    const input = { service, max: random.between(1, 4), waitMs: 30_000 };
    const polled = await cluster.ask(
      `poll ${service}`,
      (world) => world.poll(input, sim.never),
      (world, given) => world.release(given),
    );
    if (polled.kind === 'lost') await sim.sleep(random.between(100, 3000));
    else for (const task of polled.value) sim.run(() => work(sim, steps, task));
  }
};

const work = async (sim: UserSim, steps: Steps, task: WorkerTask): Promise<void> => {
  const { faults, random } = sim;
  await sim.sleep(random.between(0, 2000));
  if (faults.hits('worker-dies')) return;
  const outcome = failure(sim, task) ?? (await handled(sim, steps, task));
  if (faults.hits('worker-dies') || faults.hits('answer-lost')) return;
  if (faults.hits('answer-late'))
    await sim.sleep(Date.parse(task.deadline) - sim.scheduler.now() + random.between(1, 5000));
  const said = faults.hits('step-fails-late') ? RETRYABLE : outcome;
  await answer(sim, task, said);
  if (faults.hits('answer-twice')) await answer(sim, task, said);
};

type Said = Pick<TaskAnswerInput, 'metadata' | 'payload'>;
const failed = (retryable: boolean): Said => ({
  metadata: { status: 'FAILED', error: 'a simulated failure', retryable },
});
const RETRYABLE = failed(true);

/** Instead of calling the handler. An undo that may not be tried again would wait for a person. */
const failure = ({ faults }: UserSim, { action }: WorkerTask): Said | undefined => {
  if (action === 'DO' && faults.hits('step-fails-for-good')) return failed(false);
  return faults.hits('step-fails') ? RETRYABLE : undefined;
};

const handled = async (sim: UserSim, steps: Steps, task: WorkerTask): Promise<Said> => {
  const { effects, note } = sim;
  const about = `${task.action.toLowerCase()} ${task.stepName}`;
  effects.called(task);
  note(`  handler: ${about}, attempt ${task.attempt}, effect ${task.effectId}`);
  const given = { signal: sim.never, progress: (value: Json) => void progressOf(value) };
  const said = await sim.whileTimeStands(
    `the handler of ${about}`,
    perform(steps[task.stepName], task, given),
  );
  const { status, error = '' } = said.metadata;
  if (status === 'SUCCESS') effects.returned(task);
  note(`  handler: ${about}: ${status} ${error}`);
  return said;
};

/** Until it is known what became of it. */
const answer = async (sim: UserSim, task: WorkerTask, said: Said): Promise<void> => {
  const { flowId, orchName, stepName, action, attempt } = task;
  const input = { flowId, orchName, stepName, action, attempt, ...said };
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const label = `answer ${action} ${stepName}`;
    const asked = await sim.cluster.ask(label, (world) => world.answer([input], CONTEXT));
    if (asked.kind === 'answer' && asked.value[0]?.outcome !== 'unavailable') return;
    await sim.sleep(500);
  }
};
