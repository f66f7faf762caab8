import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import type { Scheduler } from '../../sdk/simulator/scheduler.ts';

/** A client's call as the client saw it (reliability 4.6): `info` is an outcome that was never learned. */
export type Call = {
  readonly op: string;
  readonly stream: string | null;
  readonly commandId: string | null;
  /** Calls with one key are one command: they must be told the same. */
  readonly key: string | null;
  readonly invokedAt: number;
  returnedAt: number;
  outcome: 'ok' | 'fail' | 'info';
  /** Code of a refusal, or what an accepted call was answered with. */
  said: string;
  position: string;
};

export type Said =
  | { readonly outcome: 'ok'; readonly said: string; readonly position: string }
  | { readonly outcome: 'fail'; readonly said: string };

export const createHistory = (scheduler: Scheduler) => {
  const calls: Call[] = [];
  return {
    calls,
    invoke: (call: Pick<Call, 'op' | 'stream' | 'commandId' | 'key'>): ((said: Said) => void) => {
      const entry: Call = {
        ...call,
        invokedAt: scheduler.steps(),
        returnedAt: Infinity,
        outcome: 'info',
        said: '',
        position: '',
      };
      calls.push(entry);
      return (said) => {
        entry.returnedAt = scheduler.steps();
        entry.outcome = said.outcome;
        entry.said = said.said;
        if (said.outcome === 'ok') entry.position = said.position;
      };
    },
  };
};
export type History = ReturnType<typeof createHistory>;

/**
 * The first promise to a client that the log does not keep (I-01 to I-04, real-time order); undefined: none.
 */
export const brokenPromise = (
  calls: readonly Call[],
  streamOf: (name: string) => readonly StoredEvent[],
): string | undefined => {
  for (const call of calls) {
    const written = eventsOf(call, streamOf);
    const wrong = call.outcome === 'ok' ? wrongOk(call, written, streamOf) : undefined;
    if (wrong !== undefined) return `${wrong}: ${call.op} ${call.stream ?? ''}`;
  }
  return differentAnswers(calls) ?? refusedButWritten(calls, streamOf) ?? outOfOrder(calls);
};

const eventsOf = ({ stream, commandId }: Call, streamOf: (name: string) => readonly StoredEvent[]) =>
  stream === null ? [] : streamOf(stream).filter(({ metadata }) => metadata.commandId === commandId);

const wrongOk = (
  { op, stream, position }: Call,
  written: readonly StoredEvent[],
  streamOf: (name: string) => readonly StoredEvent[],
): string | undefined => {
  if (stream === null) return undefined;
  if (op === 'start' && streamOf(stream)[0]?.type !== 'SagaStarted')
    return 'I-01 an acknowledged start is not there';
  const last = written.at(-1);
  if (last !== undefined && last.position > position) return 'I-01 acknowledged before it was written';
  return streamOf(stream).some((event) => event.position === position)
    ? undefined
    : 'I-01 no event at the position';
};

/** I-02: whoever repeats a call is told the same as the first time. */
const differentAnswers = (calls: readonly Call[]): string | undefined => {
  const told = new Map<string, string>();
  for (const { key, outcome, said, position, op } of calls) {
    if (key === null || outcome !== 'ok' || op !== 'start') continue;
    const answer = `${said} at ${position}`;
    if ((told.get(key) ?? answer) !== answer)
      return `I-02 ${key} was told ${String(told.get(key))} and ${answer}`;
    told.set(key, answer);
  }
  return undefined;
};

/** I-03: a command whose every call was refused has no event. Once accepted, a start is not refused (I-02). */
const refusedButWritten = (
  calls: readonly Call[],
  streamOf: (name: string) => readonly StoredEvent[],
): string | undefined => {
  const refused = calls.filter(
    ({ outcome, said }) => outcome === 'fail' && said !== 'idempotency_key_reused',
  );
  const accepted = new Set(
    calls.filter(({ outcome }) => outcome !== 'fail').map(({ commandId }) => commandId),
  );
  for (const call of refused) {
    if (!accepted.has(call.commandId) && eventsOf(call, streamOf).length > 0)
      return `I-03 ${call.op} was refused (${call.said}) and written`;
    if (call.op === 'start' && eventsOf(call, streamOf).length > 0 && call.said !== 'unknown_orchestration')
      return `I-02 a repeated start was refused: ${call.said}`;
  }
  return undefined;
};

/** Of two calls to one stream, the one that began after the other had returned stands later in the log. */
const outOfOrder = (calls: readonly Call[]): string | undefined => {
  const done = calls.filter(({ outcome, op }) => outcome === 'ok' && op === 'steer');
  for (const first of done) {
    const early = done.find(
      (later) =>
        later.stream === first.stream &&
        later.invokedAt > first.returnedAt &&
        later.position < first.position &&
        later.key === null,
    );
    if (early !== undefined) return `a call to ${String(first.stream)} stands before one that had returned`;
  }
  return undefined;
};
