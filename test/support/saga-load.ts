// Clients and workers that go on through the death of the server, and remember every answer they got.
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { call, post, read } from './http-calls.ts';
import { survivingCalls } from './surviving-calls.ts';

const started = z.object({ flowId: z.string() });
const task = z.object({
  flowId: z.string(),
  orchName: z.string(),
  stepName: z.string(),
  action: z.enum(['DO', 'UNDO']),
  attempt: z.int(),
  payload: z.base64(),
});
const polled = z.object({ tasks: z.array(task) });
const outcome = z.enum(['accepted', 'duplicate', 'late', 'unknown_run', 'unknown_step', 'unavailable']);
const answered = z.object({ results: z.array(z.object({ outcome })) });
type Task = z.infer<typeof task>;
type Held = { readonly tasks: readonly Task[]; readonly life: number };

const DEFINITIONS = [
  { orchName: 'in-a-row', type: 'sequential' },
  { orchName: 'at-once', type: 'simultaneous' },
];
const SERVICES = [
  { service: 'first-service', steps: ['one'] },
  { service: 'second-service', steps: ['two', 'three'] },
];
const REFUSED = 'refused';
/**
 * The answers that a run's end takes. One that is refused may be undone at its second step as well, where an
 * earlier attempt of that step has lapsed: whether it had an effect is unknown. Its first step comes last.
 */
const LAST_ANSWERS = { SagaCompleted: ['DO one', 'DO two', 'DO three'], SagaUndone: ['UNDO one'] } as const;

export type AcknowledgedRun = {
  readonly key: string;
  readonly orchName: string;
  readonly ends: 'SagaCompleted' | 'SagaUndone';
};
export type AnswerOutcome = Task & {
  readonly outcome: z.infer<typeof outcome>;
  /** Claimed from one server process, answered to a later one. */
  readonly isHeldOver: boolean;
};

/** Registers two orchestrations of three steps and their workers. */
export const registerLoad = async (address: string): Promise<void> => {
  const url = `${address}/api/orchestration/register`;
  for (const definition of DEFINITIONS) {
    const steps = ['one', 'two', 'three'].map((name, index) => ({
      name,
      seq: index + 1,
      objectType: 'thing',
    }));
    read(await post(url, { ...definition, as: 'initiator', steps }), z.object({}));
    for (const { service, steps: own } of SERVICES) {
      const body = { orchName: definition.orchName, as: 'worker', steps: own.map((name) => ({ name })) };
      read(await post(url, body, { 'x-service-name': service }), z.object({}));
    }
  }
};

const bodyOf = ({ payload, flowId, orchName, stepName, action, attempt }: Task) => {
  const on = { flowId, orchName, stepName, action, attempt };
  const isRefused = action === 'DO' && stepName === 'two' && atob(payload).includes(REFUSED);
  return isRefused
    ? { ...on, metadata: { status: 'FAILED', error: 'no', retryable: false } }
    : { ...on, metadata: { status: 'SUCCESS' }, payload };
};

/** Keeps `target` runs open, until told to drain. */
export const sagaLoad = (target: number) => {
  const calls = survivingCalls();
  // Whatever a failed test leaves under way waits for a server that never comes.
  onTestFinished(calls.down);
  const runs = new Map<string, AcknowledgedRun>();
  const answers: AnswerOutcome[] = [];
  const answeredSteps = new Map<string, Set<string>>();
  const watchers = new Set<() => void>();
  const ended = new Set<string>();
  let [numbered, starting, acknowledged] = [0, 0, 0];
  let phase: 'filling' | 'draining' | 'over' = 'filling';

  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  const open = (): number => runs.size - ended.size;

  /** An answer may be taken before its run's start, lost on the way, is acknowledged. */
  const acknowledge = (flowId: string): void => {
    const run = runs.get(flowId);
    const taken = answeredSteps.get(flowId);
    if (run !== undefined && LAST_ANSWERS[run.ends].every((step) => taken?.has(step))) ended.add(flowId);
    acknowledged += 1;
    changed();
  };

  const sendStart = async (orchName: string, key: string): Promise<string> => {
    const url = `/api/orchestration/execute/${orchName}`;
    const init = { method: 'POST', body: JSON.stringify(key), headers: { 'idempotency-key': key } } as const;
    return read(await calls.send((address) => call(address + url, init)), started).flowId;
  };

  const startOne = async (): Promise<void> => {
    const number = (numbered += 1);
    const orchName = number % 3 === 0 ? 'at-once' : 'in-a-row';
    const isRefused = orchName === 'in-a-row' && number % 5 === 0;
    const key = `${isRefused ? REFUSED : 'fine'}-${String(number)}`;
    starting += 1;
    const flowId = await sendStart(orchName, key);
    starting -= 1;
    runs.set(flowId, { key, orchName, ends: isRefused ? 'SagaUndone' : 'SagaCompleted' });
    acknowledge(flowId);
  };

  const starter = async (): Promise<void> => {
    for (;;) {
      await until(() => phase !== 'filling' || open() + starting < target);
      if (phase !== 'filling') return;
      await startOne();
    }
  };

  const note = (answer: AnswerOutcome): void => {
    answers.push(answer);
    if (answer.outcome !== 'accepted' && answer.outcome !== 'duplicate') return;
    const steps = answeredSteps.get(answer.flowId) ?? new Set();
    answeredSteps.set(answer.flowId, steps);
    steps.add(`${answer.action} ${answer.stepName}`);
    acknowledge(answer.flowId);
  };

  const answerAll = async ({ tasks, life }: Held): Promise<void> => {
    if (tasks.length === 0) return;
    const bodies = tasks.map(bodyOf);
    const sent = await calls.send((address) => post(`${address}/api/v1/tasks/responses`, bodies));
    const { results } = read(sent, answered);
    tasks.forEach((each, index) => {
      const result = results[index];
      if (result === undefined)
        throw new Error(`${String(tasks.length)} answers got ${String(results.length)} results`);
      note({ ...each, ...result, isHeldOver: sent.life > life });
    });
  };

  /** Takes the next tasks before it answers those it has: it nearly always holds some. */
  const worker = async (service: string): Promise<void> => {
    let held: Held = { tasks: [], life: 0 };
    while (phase !== 'over') {
      const body = { service, max: 10, waitMs: 20 };
      const sent = await calls.send((address) => post(`${address}/api/v1/tasks/poll`, body));
      await answerAll(held);
      held = { tasks: read(sent, polled).tasks, life: sent.life };
    }
  };

  const running = Promise.all([
    ...Array.from({ length: 32 }, starter),
    ...SERVICES.flatMap(({ service }) => [worker(service), worker(service)]),
  ]);
  // Whatever goes wrong in there fails the test at its next wait.
  const failed = running.then(() => new Promise<never>(() => undefined));
  const orFailed = (wait: Promise<void>): Promise<void> => Promise.race([wait, failed]);

  return {
    calls,
    runs,
    answers,
    sendStart,
    acknowledged: () => acknowledged,
    until: (holds: () => boolean) => orFailed(until(holds)),
    open,
    /** Starts no further run; resolves once every run has got its last answer. */
    drain: async (): Promise<void> => {
      phase = 'draining';
      changed();
      await orFailed(until(() => open() === 0 && starting === 0));
      phase = 'over';
      await running;
    },
  };
};
