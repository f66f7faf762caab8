import type { z } from 'zod';
import { defaultServiceOf, registerInput } from '../../src/commands/orchestration/register-input.ts';
import type { RegisterInput } from '../../src/commands/orchestration/register-input.ts';
import { serviceName } from '../../src/domain/names.ts';
import { SimulationFailed } from '../src/simulate/failed.ts';
import type { Simulate } from '../src/simulate/module.ts';
import type {
  SimulatedDefinition,
  SimulatedOutcome,
  SimulatedWorker,
  SimulateOptions,
} from '../src/simulate/types.ts';
import { encoded } from '../src/payload.ts';
import { checkGiven } from '../src/worker/given.ts';
import { stepsByName } from '../src/worker/registration.ts';
import { oneSeed } from './one-seed.ts';
import type { Setup } from './one-seed.ts';
import { allFaults, isFault } from './user-faults.ts';

export { SimulationFailed };

// What it does is told where it is declared: sdk/src/simulate/module.ts.
export const simulate: Simulate = async (definition, workers, options = {}) => {
  const { seed = 1, seeds = 1, check = () => undefined } = options;
  const end = wholeNumber('seed', seed) + wholeNumber('seeds', seeds);
  const setup = { ...registrationsOf(definition, workers), ...givenOf(options) };
  const outcomes: SimulatedOutcome[] = [];
  for (let next = seed; next < end; next += 1) {
    const outcome = await oneSeed(next, setup);
    outcomes.push(outcome);
    try {
      await check(outcome);
    } catch (error) {
      throw new SimulationFailed(outcome, error);
    }
  }
  return outcomes;
};

const HANDLER_MS = 10_000;

const givenOf = ({
  faults = allFaults,
  inputs = [undefined],
  handlerMs = HANDLER_MS,
}: SimulateOptions): Pick<Setup, 'faults' | 'payloads' | 'handlerMs'> => {
  const names: readonly string[] = faults;
  const unknown = names.find((name) => !isFault(name));
  if (unknown !== undefined) throw new TypeError(`there is no fault ${unknown}`);
  return { faults, payloads: inputs.map(payloadOf), handlerMs: wholeNumber('handlerMs', handlerMs) };
};

/** As many bytes as Skald takes with a run. */
const MOST_BYTES = 256 * 1024;

const payloadOf = (input: unknown, index: number): Uint8Array => {
  const bytes = jsonOf(input, index);
  if (bytes.length > MOST_BYTES)
    throw new RangeError(`inputs[${index}] has ${bytes.length} bytes, ${MOST_BYTES} are allowed`);
  return bytes;
};

const jsonOf = (input: unknown, index: number): Uint8Array => {
  try {
    return encoded(input);
  } catch (cause) {
    throw new TypeError(`inputs[${index}] cannot be sent as JSON`, { cause });
  }
};

const wholeNumber = (name: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a whole number`);
  return value;
};

const registrationsOf = (
  definition: SimulatedDefinition,
  workers: readonly SimulatedWorker[],
): Pick<Setup, 'definition' | 'workers'> => {
  const { orchName } = definition;
  return {
    definition: parsed({ ...definition, as: 'initiator' }),
    workers: workers.map((worker) => {
      checkGiven(worker);
      const { service, steps, orchestrations = orchName } = worker;
      const own = new Map(stepsByName(orchestrations, Object.keys(steps))).get(orchName) ?? [];
      const body = { orchName, as: 'worker', steps: own.map((name) => ({ name })) };
      return { service, steps, registration: parsed(body, service) };
    }),
  };
};

/** Without a service, that of an initiator that does not name itself. */
const parsed = (body: object, service?: string): RegisterInput => {
  const result = registerInput.safeParse(body);
  const named = serviceName.optional().safeParse(service);
  if (result.success && named.success)
    return { ...result.data, service: named.data ?? defaultServiceOf(result.data.orchName) };
  throw new TypeError(
    `the registration of ${service ?? 'the initiator'} would be refused: ${flawsOf(named.error, result.error)}`,
  );
};

const flawsOf = (...errors: readonly (z.ZodError | undefined)[]): string =>
  errors
    .flatMap((error) => error?.issues ?? [])
    .map(({ path, message }) => [...path, message].join(': '))
    .join('; ');
