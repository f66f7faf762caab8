import { SkaldProblem, SkaldUnreachable } from '../../http/problem.ts';

type Pending = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

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
    return one;
  };
  return {
    /** Resolves with what `settle` is called with under the id. */
    ask: <Answer>(send: (id: string) => void): Promise<Answer> =>
      new Promise((resolve, reject) => {
        count += 1;
        const id = String(count);
        // The protocol says what answers what.
        pending.set(id, { resolve: (value) => resolve(value as Answer), reject });
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
      for (const { reject } of pending.values()) reject(new SkaldUnreachable('the connection was cut'));
      pending.clear();
    },
  };
};
export type Requests = ReturnType<typeof createRequests>;
