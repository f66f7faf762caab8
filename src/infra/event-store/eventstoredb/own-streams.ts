import type { ReadDeps } from './events-of-stream.ts';
import { failureOf } from './failures.ts';
import { patiently } from './patience.ts';
import { recordedIn } from './recorded.ts';
import { streamRequest } from './requests.ts';

/** Streams of this adapter within the namespace: never shown through the port's log. */
export const IDENTITY_STREAM = 'log-identity';
const CHECKPOINT = 'checkpoint-';

export const checkpointStream = (follower: string): string => CHECKPOINT + follower;

export const isOwn = (stream: string): boolean => stream === IDENTITY_STREAM || stream.startsWith(CHECKPOINT);

type OwnEvent = { readonly revision: number; readonly data: unknown };

/** The newest event of one of the adapter's own streams, which have no chain. @throws StoreUnavailable, LogDamaged */
export const newestOwn = (deps: ReadDeps, stream: string): Promise<OwnEvent | undefined> =>
  patiently(deps, async (leftMs) => {
    const { link, prefix } = deps;
    const request = streamRequest(prefix + stream, 'end', 'backwards', 1);
    try {
      for await (const response of link.read(request, { idleMs: leftMs })) {
        const event = recordedIn(response, prefix);
        if (event !== undefined) return { revision: event.revision, data: parsed(event.data) };
      }
    } catch (error) {
      if (failureOf(error) !== 'stream_not_found') throw error;
    }
    return undefined;
  });

const parsed = (data: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(data).toString());
  } catch {
    return undefined;
  }
};
