import { SkaldProblem, SkaldUnreachable } from '../../http/problem.ts';
import { later } from '../../system.ts';

type Pending = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly stop: () => void;
};

/** Whoever has not been answered by then asks again. */
const ANSWER_MS = 30_000;

/** Mistakes of the sender: the same again would be refused again. */
const REFUSALS = new Set(['invalid_input', 'malformed_json', 'unknown_message', 'forbidden', 'too_large']);

type Said = { readonly code: string; readonly detail: string; readonly errors?: unknown };

/** What an error frame says. */
export const problemIn = ({ code, detail, errors }: Said): SkaldProblem =>
  new SkaldProblem(REFUSALS.has(code) ? 400 : 503, { code, detail, errors });

/** What was asked on one connection, until it is answered or the connection is gone. */
export const createRequests = () => {
  const pending = new Map<string, Pending>();
  let count = 0;
  const take = (id: string | undefined) => {
    const one = id === undefined ? undefined : pending.get(id);
    if (id !== undefined) pending.delete(id);
    one?.stop();
    return one;
  };
  return {
    /** Resolves with what `settle` is called with under the id; rejects where that is not done in time. */
    ask: <Answer>(send: (id: string) => void): Promise<Answer> =>
      new Promise((resolve, reject) => {
        count += 1;
        const id = String(count);
        // The protocol says what answers what.
        const stop = later(ANSWER_MS, () => take(id)?.reject(new SkaldUnreachable('no answer came in time')));
        pending.set(id, { resolve: (value) => resolve(value as Answer), reject, stop });
        send(id);
      }),
    settle: (id: string | undefined, value: unknown): void => take(id)?.resolve(value),
    /** False where nobody asked under the id. */
    refuse: (id: string | undefined, said: Said): boolean => {
      const one = take(id);
      one?.reject(problemIn(said));
      return one !== undefined;
    },
    abandon: (): void => {
      for (const id of [...pending.keys()]) take(id)?.reject(new SkaldUnreachable('the connection was cut'));
    },
  };
};
export type Requests = ReturnType<typeof createRequests>;
