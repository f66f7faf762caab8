import type { CallContext } from '../../../commands/context.ts';
import type { Access } from '../../session/port.ts';
import type { Caller } from '../caller.ts';

/** As whom a worker's connection may act. */
export type WorkerAccess = Access & {
  /** Of every command that the connection brings: its actor and, where it may act as one service only, which. */
  readonly context: CallContext;
};

export const WORK = 'task:work';

export const workerAccess = ({ actor, scopeOf, expiresAt, whenRefused }: Caller): WorkerAccess => ({
  subject: actor.id,
  expiresAt,
  whenRefused,
  context: { actor, ...(scopeOf(WORK) === 'all' ? {} : { service: actor.id }) },
});

/** A service works under its own name only: the subject of its token. */
export const mayActAs = ({ context }: WorkerAccess, service: string): boolean =>
  context.service === undefined || context.service === service;
