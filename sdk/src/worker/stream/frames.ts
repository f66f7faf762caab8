import type { AnswerOutcome, HeartbeatOutcome, WorkerTask } from '../../generated/shapes.ts';
import type { Answer, Beat } from '../answer.ts';

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

const KNOWN: ReadonlySet<unknown> = new Set([
  ...['welcome', 'tasks', 'answered', 'heard', 'drained', 'draining', 'reauth', 'error'],
]);

/** Undefined for a frame of a later version of the protocol. */
export const serverFrameOf = (text: string): ServerFrame | undefined => {
  const value: unknown = JSON.parse(text);
  return isFrame(value) ? value : undefined;
};

const isFrame = (value: unknown): value is ServerFrame =>
  typeof value === 'object' && value !== null && 'type' in value && KNOWN.has(value.type);
