import type { Answers, Call, FromThread, ToThread } from './messages.ts';

export type Calls = {
  /** Undefined where the thread is gone before it has answered. */
  readonly call: <Method extends Call['method']>(
    call: Extract<Call, { readonly method: Method }>,
  ) => Promise<Answers[Method] | undefined>;
  readonly answered: (answer: Extract<FromThread, { kind: 'answer' }>) => void;
  /** Nobody will answer what was asked so far. */
  readonly drop: () => void;
};

type Answer = Answers[Call['method']] | undefined;

/** Requests to the thread, each tied to its answer by a number. */
export const callsTo = (post: (message: ToThread) => boolean): Calls => {
  const waiting = new Map<number, (answer: Answer) => void>();
  let id = 0;
  const ask = (call: Call): Promise<Answer> =>
    new Promise((resolve) => {
      id += 1;
      if (post({ kind: 'call', id, call })) waiting.set(id, resolve);
      else resolve(undefined);
    });
  return {
    // An answer has its call's type: `serveProjector` makes it by the method.
    call: async <Method extends Call['method']>(call: Extract<Call, { readonly method: Method }>) =>
      (await ask(call)) as Answers[Method] | undefined,
    answered: (message) => {
      waiting.get(message.id)?.(message.answer);
      waiting.delete(message.id);
    },
    drop: () => {
      for (const resolve of waiting.values()) resolve(undefined);
      waiting.clear();
    },
  };
};
