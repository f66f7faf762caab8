// Clients that know several processes of one deployment and go on as long as any of them answers.
import { setTimeout as pause } from 'node:timers/promises';

export type Door = 'a' | 'b';
export type Answered = { readonly status: number; readonly text: string; readonly door: Door };

type Request = {
  /** What it is called in the notes. */
  readonly what: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The process to ask while it is there. */
  readonly door: Door;
};

/** One answer, or none. */
type Note = {
  readonly what: string;
  readonly status: number | 'none';
  readonly tookMs: number;
  readonly hasRetryAfter: boolean;
};

// A client that is told to come again does so a little later, and gives up on no answer long after any deadline.
const AGAIN_MS = 200;
const GIVE_UP_MS = 30_000;

export const openDoors = () => {
  const addresses = new Map<Door, string>();
  const notes: Note[] = [];
  let changed = Promise.withResolvers<undefined>();
  let isOver = false;
  const change = (): void => {
    changed.resolve(undefined);
    changed = Promise.withResolvers();
  };

  const pick = async (preferred: Door): Promise<{ readonly door: Door; readonly address: string }> => {
    for (;;) {
      if (isOver) throw new Error('the load is over');
      const door = addresses.has(preferred) ? preferred : preferred === 'a' ? 'b' : 'a';
      const address = addresses.get(door);
      if (address !== undefined) return { door, address };
      await changed.promise;
    }
  };

  const ask = async ({ what, path, body, headers }: Request, address: string) => {
    const from = performance.now();
    const note = (status: number | 'none', hasRetryAfter = false): void => {
      notes.push({ what, status, tookMs: performance.now() - from, hasRetryAfter });
    };
    try {
      const response = await fetch(address + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      const text = await response.text();
      note(response.status, response.headers.has('retry-after'));
      return { status: response.status, text };
    } catch {
      note('none');
      return undefined;
    }
  };

  return {
    /** Sent again, through the other door where there is one, until an answer comes that is no 503. */
    send: async (request: Request): Promise<Answered> => {
      for (let { door } = request; ;) {
        const picked = await pick(door);
        const answer = await ask(request, picked.address);
        if (answer !== undefined && answer.status !== 503) return { ...answer, door: picked.door };
        door = picked.door === 'a' ? 'b' : 'a';
        await pause(AGAIN_MS);
      }
    },
    up: (door: Door, address: string): void => {
      addresses.set(door, address);
      change();
    },
    down: (door: Door): void => {
      addresses.delete(door);
      change();
    },
    /** Whoever still waits for a process is told that none comes. */
    close: (): void => {
      isOver = true;
      change();
    },
    notes: notes as readonly Note[],
  };
};

export type Doors = ReturnType<typeof openDoors>;
