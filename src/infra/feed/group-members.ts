import type { EventClient } from './event-client.ts';

/** Who is served together. */
export type GroupMembers = {
  /** Resolves when the client was not served, its signal aborts, or all ends; rejects where that is for an error. */
  readonly join: (client: EventClient) => Promise<void>;
  /** Calls `serve` for each; false: the client leaves. */
  readonly each: (serve: (client: EventClient) => boolean) => void;
  readonly end: (error?: unknown) => void;
};

/** `onEmpty` is called when the last one has left. */
export const groupMembers = (onEmpty: () => void): GroupMembers => {
  const members = new Map<EventClient, (error?: unknown) => void>();
  return {
    join: (client) => {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const leave = (error?: unknown): void => {
        client.signal.removeEventListener('abort', aborted);
        members.delete(client);
        if (error === undefined) resolve(undefined);
        else reject(error);
        if (members.size === 0) onEmpty();
      };
      const aborted = (): void => leave();
      // Whoever joined may still have to end its own reading first: until then nobody looks at this.
      promise.catch(() => undefined);
      members.set(client, leave);
      client.signal.addEventListener('abort', aborted);
      if (client.signal.aborted) leave();
      return promise;
    },
    each: (serve) => {
      for (const [client, leave] of members) if (!serve(client)) leave();
    },
    end: (error) => {
      for (const leave of members.values()) leave(error);
    },
  };
};
