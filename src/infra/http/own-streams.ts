import type { StoredEvent } from '../event-store/port.ts';

type OwnerOfRun = (flowId: string) => Promise<string | undefined>;

const RUN = 'saga-';

/** Whose a stream is. Undefined for one that is unknown, and for all that are not runs: these are nobody's own. */
export const ownerOfStream = (ownerOfRun: OwnerOfRun, stream: string): Promise<string | undefined> =>
  stream.startsWith(RUN) ? ownerOfRun(stream.slice(RUN.length)) : Promise.resolve(undefined);

/** Tells the events of one caller's own runs from all others. */
export const isOf =
  (own: string, ownerOfRun: OwnerOfRun) =>
  async ({ stream }: Pick<StoredEvent, 'stream'>): Promise<boolean> =>
    (await ownerOfStream(ownerOfRun, stream)) === own;
