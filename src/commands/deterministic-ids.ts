import { v5 } from 'uuid';
import type { StepAction } from '../domain/names.ts';

// Fixed for ever: ids already in logs were derived under these names.
const EVENT = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a01';
const EFFECT = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a02';
const COMMAND = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a03';
const FLOW = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a04';

/** Length-prefixed parts: no separator that could occur inside one (reliability R-02). */
const joined = (parts: readonly string[]): Buffer =>
  Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );

const idOf = (namespace: string, ...parts: readonly string[]): string => v5(joined(parts), namespace);

/** The id of the `index`-th event a command writes to a stream. */
export const eventIdOf = (stream: string, commandId: string, index: number): string =>
  idOf(EVENT, stream, commandId, String(index));

/** A command's id from what makes it the same command: actor, route and key, or reactor, cause and action. */
export const commandIdOf = (...parts: readonly string[]): string => idOf(COMMAND, ...parts);

/** The run a keyed start makes: the same key by the same actor on the same orchestration is the same run. */
export const flowIdOf = (actorId: string, orchName: string, key: string): string =>
  idOf(FLOW, actorId, orchName, key);

/**
 * The idempotency key a worker passes on to the outside world. No attempt number: every retry of the same
 * effect carries the same id. Only an operator's retry after a definite failure raises `iteration`.
 */
export const effectIdOf = (flowId: string, step: string, iteration: number, action: StepAction): string =>
  idOf(EFFECT, flowId, step, String(iteration), action);
