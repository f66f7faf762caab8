import { isTime, MOST_MS } from '../system.ts';

/** Options as they may come from where no compiler has looked at them. */
type Given = {
  readonly service: unknown;
  readonly orchestrations?: unknown;
  readonly steps: unknown;
  readonly transport?: unknown;
  readonly heartbeatMs?: unknown;
  readonly lookMs?: unknown;
};

/** @throws TypeError or RangeError for options that cannot work. */
export const checkGiven = (given: Given): void => {
  const { service, orchestrations, steps, transport, heartbeatMs, lookMs } = given;
  if (typeof service !== 'string') throw new TypeError('a worker needs its service');
  if (orchestrations !== undefined && typeof orchestrations !== 'string' && !isObject(orchestrations))
    throw new TypeError('orchestrations must be a name, several, or the steps for each');
  checkSteps(steps);
  if (!['stream', 'poll', undefined].some((one) => one === transport))
    throw new TypeError('transport must be stream or poll');
  for (const [name, value] of Object.entries({ heartbeatMs, lookMs })) checkTime(name, value);
};

/** As many as Skald lets one worker ask for. */
const MOST_STEPS = 200;

const checkSteps = (steps: unknown): void => {
  if (!isObject(steps) || Object.keys(steps).length === 0) throw new TypeError('a worker needs steps');
  if (Object.keys(steps).length > MOST_STEPS)
    throw new RangeError(`a worker can have ${MOST_STEPS} steps at most`);
  for (const [name, one] of Object.entries(steps)) {
    if (!isObject(one) || typeof one['do'] !== 'function') throw new TypeError(`the step ${name} has no do`);
    checkParts(name, one);
  }
};

/** Else each task of the step would fail, and be tried again, for what no attempt mends. */
const checkParts = (name: string, { undo, input }: Readonly<Record<string, unknown>>): void => {
  if (undo !== undefined && typeof undo !== 'function')
    throw new TypeError(`undo of the step ${name} is no function`);
  if (input !== undefined && !isSchema(input))
    throw new TypeError(`input of the step ${name} is no Standard Schema, as zod's are from 3.24 on`);
};

/** Some are functions. */
const isSchema = (value: unknown): boolean => {
  if (!isObject(value) && typeof value !== 'function') return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return isObject(standard) && typeof standard['validate'] === 'function';
};

const checkTime = (name: string, value: unknown): void => {
  if (value !== undefined && !isTime(value)) throw new RangeError(`${name} must be 1 to ${MOST_MS}`);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
