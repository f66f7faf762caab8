import type { ReplaySession } from '../../domain/replay/commands.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import type { ReplaySinkContent } from '../../infra/replay/port.ts';

type Opening = <Event extends Pick<StoredEvent, 'stream' | 'type' | 'data'>>(event: Event) => Promise<Event>;

export type ReadRecordsDeps = {
  readonly sinks: { readonly read: (sessionId: string) => ReplaySinkContent | undefined };
  readonly open: Opening;
};

/**
 * What the sink of a session holds; undefined where this process has none. It holds what is sealed and is opened when
 * somebody looks: what was erased since is gone from it too. @throws what the keys throw.
 */
export const readRecords =
  ({ sinks, open }: ReadRecordsDeps) =>
  async (sessionId: string, payloads: ReplaySession['payloads']): Promise<ReplaySinkContent | undefined> => {
    const content = sinks.read(sessionId);
    if (content === undefined || payloads === 'sealed') return content;
    return { ...content, items: await Promise.all(content.items.map(open)) };
  };
