// Runs under way on a deployment: started over HTTP and over Kafka, answered by workers on either.
import { setInterval as every, setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { AcknowledgedRun, AnswerOutcome } from '../saga-load.ts';
import { openDoors } from './doors.ts';
import type { Door } from './doors.ts';
import { kafkaService } from './kafka-service.ts';
import { watchLog } from './log-watch.ts';
import { outsideWorld, REFUSED, task, verdictOn } from './outside-world.ts';
import type { Task } from './outside-world.ts';
import type { Deployment } from './skald-on-servers.ts';
import { HTTP_SERVICES, KAFKA_STEPS, read, registerAll } from './stack-registration.ts';

const started = z.object({ flowId: z.string() });
const polled = z.object({ tasks: z.array(task) });
const answered = z.object({
  results: z.array(
    z.object({
      outcome: z.enum(['accepted', 'duplicate', 'late', 'unknown_run', 'unknown_step', 'unavailable']),
    }),
  ),
});

const DOORS: readonly Door[] = ['a', 'b'];
/** Every so many runs one is started by a record. */
const OVER_KAFKA = 5;
const MOST_STARTING = 200;
const AGAIN_MS = 200;

export type StackAnswer = AnswerOutcome & { readonly claimedAt: Door; readonly answeredAt: Door };

/** `perSecond` runs are begun, whatever becomes of them, from `begin` to `drain`. */
export const stackLoad = async (deployment: Deployment, perSecond: number) => {
  const doors = openDoors();
  const watch = await watchLog(deployment);
  const world = outsideWorld();
  const kafka = await kafkaService(deployment, world);
  const runs = new Map<string, AcknowledgedRun>();
  const answers: StackAnswer[] = [];
  const claims = new Map<Door, number>();
  const starting = new Set<Promise<void>>();
  const [numbering, working] = [new AbortController(), new AbortController()];
  const background: Promise<void>[] = [];

  const startOverHttp = async (orchName: string, key: string, door: Door): Promise<string> => {
    const path = `/api/orchestration/execute/${orchName}`;
    const sent = await doors.send({
      ...{ what: 'start', path, body: key, door },
      headers: { 'idempotency-key': key },
    });
    return read(sent, started).flowId;
  };
  const startOverKafka = async (orchName: string, key: string): Promise<string> => {
    const flowId = crypto.randomUUID();
    const value = JSON.stringify({ orchName, payload: btoa(JSON.stringify(key)) });
    await kafka.send('start', { key: flowId, value, headers: { flowId } });
    return flowId;
  };
  const startOne = async (number: number): Promise<void> => {
    const orchName = number % 3 === 0 ? 'at-once' : 'in-a-row';
    const isRefused = orchName === 'in-a-row' && number % 7 === 0;
    const key = `${isRefused ? REFUSED : 'fine'}-${String(number)}`;
    const door = DOORS[number % 2] ?? 'a';
    const flowId = await (number % OVER_KAFKA === 0
      ? startOverKafka(orchName, key)
      : startOverHttp(orchName, key, door));
    const ends = isRefused ? 'SagaUndone' : 'SagaCompleted';
    runs.set(flowId, { key, orchName, ends });
  };

  const startAll = async (): Promise<void> => {
    for await (const number of numbers(1000 / perSecond, numbering.signal)) {
      if (starting.size >= MOST_STARTING) continue;
      const begun = startOne(number).finally(() => starting.delete(begun));
      starting.add(begun);
    }
  };

  const answer = async (tasks: readonly Task[], claimedAt: Door, door: Door): Promise<void> => {
    if (tasks.length === 0) return;
    const body = tasks.map(bodyOf);
    const sent = await doors.send({ what: 'answer', path: '/api/v1/tasks/responses', body, door });
    const { results } = read(sent, answered);
    const again: Task[] = [];
    tasks.forEach((given, index) => {
      const outcome = results[index]?.outcome ?? 'unavailable';
      if (outcome === 'unavailable') again.push(given);
      else answers.push({ ...given, outcome, isHeldOver: false, claimedAt, answeredAt: sent.door });
    });
    if (again.length > 0) await pause(AGAIN_MS);
    await answer(again, claimedAt, door);
  };

  const work = async (service: string, door: Door): Promise<void> => {
    const body = { service, max: 20, waitMs: 500 };
    while (!working.signal.aborted) {
      const sent = await doors.send({ what: 'poll', path: '/api/v1/tasks/poll', body, door });
      const { tasks } = read(sent, polled);
      for (const given of tasks) world.act(given);
      claims.set(sent.door, (claims.get(sent.door) ?? 0) + tasks.length);
      await answer(tasks, sent.door, door);
    }
  };

  const failure = Promise.withResolvers<never>();
  const run = (part: Promise<void>): void => {
    part.catch(failure.reject);
    background.push(part);
  };
  failure.promise.catch(() => undefined);
  const until = (holds: () => boolean): Promise<void> => Promise.race([watch.until(holds), failure.promise]);
  const open = (among: Iterable<string> = runs.keys()): readonly string[] =>
    [...among].filter((flowId) => !watch.ended.has(flowId));

  return {
    ...{ doors, world, kafka, runs, answers, claims, watch, until, open },
    /** Registers what there is to do, then begins to start runs and to work on them. */
    begin: async (): Promise<void> => {
      await registerAll(doors.send);
      await kafka.serve(KAFKA_STEPS);
      run(startAll());
      for (const { service } of HTTP_SERVICES) for (const door of DOORS) run(work(service, door));
    },
    /** Starts no further run; resolves once every run that was acknowledged has ended. */
    drain: async (): Promise<void> => {
      numbering.abort();
      await Promise.all(starting);
      await until(() => open().length === 0);
      working.abort();
      await Promise.race([Promise.all(background), failure.promise]);
    },
    stop: async (): Promise<void> => {
      numbering.abort();
      working.abort();
      doors.close();
      await Promise.allSettled([...background, ...starting, kafka.stop(), watch.stop()]);
    },
  };
};

export type StackLoad = Awaited<ReturnType<typeof stackLoad>>;

const bodyOf = (given: Task) => {
  const { flowId, orchName, stepName, action, attempt, payload } = given;
  return { flowId, orchName, stepName, action, attempt, payload, metadata: verdictOn(given) };
};

/** 1, 2, 3 and so on, one each `ms`, until the signal aborts. */
async function* numbers(ms: number, signal: AbortSignal): AsyncGenerator<number> {
  let number = 0;
  try {
    for await (const step of every(ms, 1, { signal })) yield (number += step);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
