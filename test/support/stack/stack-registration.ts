import { z } from 'zod';
import type { Answered, Doors } from './doors.ts';

const DEFINITIONS = [
  { orchName: 'in-a-row', type: 'sequential' },
  { orchName: 'at-once', type: 'simultaneous' },
];
export const HTTP_SERVICES = [
  { service: 'first-service', steps: ['one'] },
  { service: 'third-service', steps: ['three'] },
];
const KAFKA_SERVICE = { service: 'second-service', steps: ['two'] };
export const KAFKA_STEPS = DEFINITIONS.map(({ orchName }) => [orchName, 'two'] as const);

/** The answer's body, which must be of this shape. */
export const read = <Schema extends z.ZodType>(
  { status, text }: Answered,
  schema: Schema,
): z.output<Schema> => {
  if (status !== 200) throw new Error(`expected 200, got ${String(status)}: ${text}`);
  return schema.parse(JSON.parse(text));
};

/** Two orchestrations of three steps; the one in the middle is worked on over Kafka. */
export const registerAll = async (send: Doors['send']): Promise<void> => {
  const path = '/api/orchestration/register';
  const steps = ['one', 'two', 'three'].map((name, index) => ({ name, seq: index + 1, objectType: 'thing' }));
  const call = async (body: object, service: string): Promise<void> => {
    const headers = { 'x-service-name': service };
    read(await send({ what: 'register', path, body, headers, door: 'a' }), z.object({}));
  };
  const workers = [
    ...HTTP_SERVICES.map((one) => ({ ...one, transport: 'http' })),
    { ...KAFKA_SERVICE, transport: 'kafka' },
  ];
  for (const definition of DEFINITIONS) {
    const { orchName } = definition;
    await call({ ...definition, as: 'initiator', steps }, 'initiator');
    for (const { service, steps: own, transport } of workers)
      await call({ orchName, as: 'worker', transport, steps: own.map((name) => ({ name })) }, service);
  }
};
