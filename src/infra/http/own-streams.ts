import type { StoredEvent } from '../event-store/port.ts';

/** Whose a stream is; undefined for one that is unknown, and for those that are nobody's own. */
export type OwnerOfStream = (stream: string) => Promise<string | undefined>;

/** Tells the events of what is one caller's own from all others. */
export const isOf =
  (own: string, ownerOfStream: OwnerOfStream) =>
  async ({ stream }: Pick<StoredEvent, 'stream'>): Promise<boolean> =>
    (await ownerOfStream(stream)) === own;
