import { setTimeout as sleep } from 'node:timers/promises';

/** Calls to Skald, as JSON. Every call and every wait ends when the deadline passes. */
export const skaldApi = (address: string, token: string | undefined, deadline: AbortSignal) => {
  const own = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { ...own, ...Object.fromEntries(new Headers(init.headers)) };
    const response = await fetch(`${address}${path}`, { ...init, headers, signal: deadline });
    // Not now, says Skald: what only reads may simply ask again.
    if (response.status === 503 && init.method === undefined) {
      await sleep(50, undefined, { signal: deadline });
      return call(path, init);
    }
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  /** Asks until something is found. */
  const found = async <Found>(find: () => Promise<Found | undefined>): Promise<Found> => {
    for (;;) {
      const one = await find();
      if (one !== undefined) return one;
      await sleep(20, undefined, { signal: deadline });
    }
  };
  return {
    get: call,
    post: (path: string, body: object): Promise<unknown> =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    found,
    /** Asks until what is found is as described. */
    until: <Found>(find: () => Promise<Found>, holds: (one: Found) => boolean): Promise<Found> =>
      found(async () => {
        const one = await find();
        return holds(one) ? one : undefined;
      }),
  };
};
export type SkaldApi = ReturnType<typeof skaldApi>;
