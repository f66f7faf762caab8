// A worker that knows the bus and nothing else: it registers by a record, reads the topics of its steps, works, and
// answers by a record.
//   node bus-worker.ts <bus> <topic prefix> <service> <orchestration>/<step>…
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { openServiceBus } from './service-bus.ts';
import type { ServiceRecord } from './service-bus.ts';
import { outcomeOf, stepsIn, task, WORK_MS } from './work.ts';

const workItem = task.omit({ attempt: true }).extend({ metadata: task.pick({ attempt: true }) });

const [address = '', prefix = '', service = '', ...offers] = process.argv.slice(2);
const START_WITHIN_MS = 60_000;

const bus = await openServiceBus(address);

/** Who registers over the bus works over the bus, unless it says otherwise. */
const register = async (): Promise<void> => {
  const topic = `${prefix}.registration`;
  await bus.there([topic], AbortSignal.timeout(START_WITHIN_MS));
  for (const { orchName, names } of stepsIn(offers)) {
    const value = stringify({ orchName, as: 'worker', steps: names.map((name) => ({ name })) });
    await bus.send({ topic, key: orchName, value, headers: { serviceName: service } });
  }
};

/** Answers may be on a step's topic too: what comes from Skald is marked. */
const take = async ({ value, headers }: ServiceRecord): Promise<void> => {
  if (headers['skald-origin'] === undefined) return;
  const { metadata, ...rest } = workItem.parse(JSON.parse(value));
  const given = { ...rest, attempt: metadata.attempt };
  const { flowId, orchName, stepName, action, attempt } = given;
  await sleep(WORK_MS);
  const answer = { flowId, orchName, stepName, action, attempt, ...outcomeOf(service, given) };
  await bus.send({
    topic: `${prefix}.response.result`,
    key: flowId,
    value: JSON.stringify(answer),
    headers: { serviceName: service },
  });
};

await register();
const topics = stepsIn(offers).flatMap(({ orchName, names }) =>
  names.map((name) => `${prefix}.${orchName}.${name}`),
);
await bus.there(topics, AbortSignal.timeout(START_WITHIN_MS));
await bus.read(`${prefix}-${service}`, topics, take);
process.once('SIGTERM', () => void bus.close());
