import type { Position } from '../event-store/port.ts';
import type { DocumentFeed, DocumentFrame, DocumentSelection } from './document-feed.ts';
import type { Tap } from './event-client.ts';
import { framed } from './frames.ts';
import type { Frame } from '../session/port.ts';

/** Sends the snapshot and every change after it, as the client takes them, until the tap's signal aborts. */
export const followDocuments = async (
  documents: DocumentFeed,
  encodeCursor: (position: Position) => string,
  selection: DocumentSelection,
  { flow, send, signal }: Tap,
): Promise<void> => {
  for await (const frame of documents.subscribe({ ...selection, signal })) {
    while (frame.kind !== 'snapshot-end' && !flow.take()) if (!(await flow.opens(signal))) return;
    send(frameOf(frame, encodeCursor(frame.position)));
  }
};

const frameOf = (frame: DocumentFrame, cursor: string): Frame => {
  switch (frame.kind) {
    case 'snapshot-end':
      return framed({ type: 'snapshotEnd', cursor });
    case 'snapshot-document':
      return framed({ type: 'snapshotDocument', documentId: frame.id, cursor, body: frame.body });
    case 'changed':
      return framed({ type: 'changed', documentId: frame.id, cursor, body: frame.body });
  }
};
