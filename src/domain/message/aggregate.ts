import type { Aggregate } from '../aggregate.ts';
import { accept } from '../decider.ts';
import { messageSchemaVersion, parseMessageEvent } from './events.ts';
import type { MessageEvent } from './events.ts';

export type NoteRecord = { readonly type: 'NoteRecord'; readonly note: MessageEvent['data'] };
export type MessageState = MessageEvent['data'] | null;

export type MessageAggregate = Aggregate<NoteRecord, MessageState, MessageEvent, never>;

/** Stream `message-<commandId>`: a record that came in and changed nothing. Noted once, never changed. */
export const messageAggregate: MessageAggregate = {
  category: 'message',
  decider: {
    initial: null,
    decide: ({ note }, state) => (state === null ? accept({ type: 'RecordNoted', data: note }) : accept()),
    evolve: (_state, { data }) => data,
  },
  schemaVersion: messageSchemaVersion,
  parse: parseMessageEvent,
};

export const messageStream = (commandId: string): string => `message-${commandId}`;
