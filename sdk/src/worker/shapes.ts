import type { AnswerOutcome, HeartbeatOutcome, WorkerTask } from '../generated/shapes.ts';

/** What a worker goes by in what it is sent. Others than Skald may answer in its place, and must not bring it down. */

type Members = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;

const TEXTS = ['flowId', 'orchName', 'stepName', 'effectId', 'payload', 'deadline'] as const;

const isTask = (value: unknown): value is WorkerTask =>
  isObject(value) &&
  TEXTS.every((name) => typeof value[name] === 'string') &&
  (value['action'] === 'DO' || value['action'] === 'UNDO') &&
  typeof value['attempt'] === 'number' &&
  isObject(value['results']);

export const areTasks = (value: unknown): value is readonly WorkerTask[] =>
  Array.isArray(value) && value.every(isTask);

const isOutcome = (value: unknown): boolean => isObject(value) && typeof value['outcome'] === 'string';

export const areOutcomes = (value: unknown): value is readonly (AnswerOutcome | HeartbeatOutcome)[] =>
  Array.isArray(value) && value.every(isOutcome);
