import type { Answered } from './http-calls.ts';

export type Survived = Answered & {
  /** Which server process answered: 1 for the first. */
  readonly life: number;
};

/** Calls that wait while there is no server, and are sent again where no whole answer, or a 503, came. */
export const survivingCalls = () => {
  let server = Promise.withResolvers<{ readonly address: string; readonly life: number }>();
  let life = 0;
  let lost = 0;
  const statuses = new Map<number, number>();

  const send = async (request: (address: string) => Promise<Answered>): Promise<Survived> => {
    for (;;) {
      const current = await server.promise;
      const answer = await request(current.address).catch(() => undefined);
      if (answer === undefined) {
        lost += 1;
        // A connection that is refused fails at once: let the test get on with the restart.
        await new Promise(setImmediate);
        continue;
      }
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status !== 503) return { ...answer, life: current.life };
    }
  };

  return {
    send,
    /** How often each status was answered. */
    statuses,
    /** How many calls got no whole answer. */
    lost: () => lost,
    up: (address: string): void => {
      life += 1;
      server.resolve({ address, life });
    },
    down: (): void => {
      server = Promise.withResolvers();
    },
  };
};
