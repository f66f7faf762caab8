import type { AnswerOutcome, HeartbeatOutcome, WorkerTask } from '../../generated/shapes.ts';
import type { Answer, Beat } from '../answer.ts';
import { areOutcomes, areTasks, isObject } from '../shapes.ts';

export const SUB_PROTOCOL = 'skald.worker.v1';

/** What a worker sends, as docs/workers.md lists it. */
export type ClientFrame =
  | { readonly type: 'auth'; readonly token: string }
  | {
      readonly type: 'hello';
      readonly service: string;
      readonly steps: readonly string[];
      readonly credit: number;
    }
  | { readonly type: 'credit'; readonly credit: number }
  | { readonly type: 'answers'; readonly id: string; readonly answers: readonly Answer[] }
  | { readonly type: 'heartbeats'; readonly id: string; readonly beats: readonly Beat[] }
  | { readonly type: 'drain' };

/** What a worker gets. */
export type ServerFrame =
  | { readonly type: 'welcome'; readonly leaseMs: number }
  | { readonly type: 'tasks'; readonly tasks: readonly WorkerTask[] }
  | { readonly type: 'answered'; readonly id?: string; readonly answers: readonly AnswerOutcome[] }
  | { readonly type: 'heard'; readonly id?: string; readonly beats: readonly HeartbeatOutcome[] }
  | { readonly type: 'drained' | 'draining' | 'reauth' }
  | {
      readonly type: 'error';
      readonly id?: string;
      readonly code: string;
      readonly detail: string;
      readonly errors?: unknown;
    };

type Members = Readonly<Record<string, unknown>>;

const isNamed = (): boolean => true;

/** What each is looked at for, before anybody goes by it. */
const SHAPES: ReadonlyMap<unknown, (frame: Members) => boolean> = new Map([
  ['welcome', ({ leaseMs }: Members) => typeof leaseMs === 'number' && leaseMs >= 1],
  ['tasks', ({ tasks }: Members) => areTasks(tasks)],
  ['answered', ({ answers }: Members) => areOutcomes(answers)],
  ['heard', ({ beats }: Members) => areOutcomes(beats)],
  ['error', ({ code, detail }: Members) => typeof code === 'string' && typeof detail === 'string'],
  ...(['drained', 'draining', 'reauth'] as const).map((type) => [type, isNamed] as const),
]);

/**
 * Undefined for a frame of a later version of the protocol.
 * @throws TypeError or SyntaxError for what is no frame.
 */
export const serverFrameOf = (text: string): ServerFrame | undefined => {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || typeof value['type'] !== 'string') throw new TypeError('it has no type');
  if (!SHAPES.has(value['type'])) return undefined;
  if (isFrame(value)) return value;
  throw new TypeError(`it is no ${value['type']}`);
};

const isFrame = (value: Members): value is Members & ServerFrame =>
  SHAPES.get(value['type'])?.(value) === true;
