import { z } from 'zod';
import { storedEvent } from '../../domain/stored-event.ts';
import { collection, conditions, eventSelection, from } from './port.ts';
import { frameOf } from '../session/frame-of.ts';
import type { Grammar } from '../session/message-guard.ts';
import { authFrame, frameErrors, frameId } from '../session/port.ts';
import type { Frame } from '../session/port.ts';

export const CREDIT = { default: 1000, max: 10_000 };

const id = frameId;
const credit = z.int().min(1).max(CREDIT.max);

/** What a client may send. */
const clientFrame = z.discriminatedUnion('type', [
  authFrame,
  z
    .strictObject({
      type: z.literal('subscribe'),
      id,
      events: eventSelection.optional(),
      from: from.optional(),
      documents: z.strictObject({ collection, where: conditions.default([]) }).optional(),
      credit: credit.default(CREDIT.default),
    })
    .refine(({ events, documents }) => (events === undefined) !== (documents === undefined), {
      message: 'give either events or documents',
    })
    .refine((frame) => frame.documents === undefined || frame.from === undefined, {
      path: ['from'],
      message: 'a feed of documents always begins with its snapshot',
    }),
  z.strictObject({ type: z.literal('unsubscribe'), id }),
  z.strictObject({ type: z.literal('credit'), id, events: credit }),
]);
export type ClientFrame = z.output<typeof clientFrame>;

export const FEED_GRAMMAR: Grammar<ClientFrame> = {
  schema: clientFrame,
  types: 'auth, subscribe, unsubscribe or credit',
  perSecond: 100,
  mostBytes: 64 * 1024,
  // Under the id of a subscription that is open an error would say that it has ended.
  named: new Set(['subscribe']),
  answered: new Set(),
};

const cursor = z.string();
const onSubscription = { id: id.optional() };
const body = z.record(z.string(), z.unknown());
const controlFrame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('authenticated') }),
  z.strictObject({ type: z.literal('reauth'), withinSeconds: z.int() }),
  z.strictObject({ type: z.literal('caughtUp'), ...onSubscription, cursor }),
  z.strictObject({ type: z.literal('lagging'), ...onSubscription, cursor }),
  z.strictObject({ type: z.literal('heartbeat') }),
  z.strictObject({
    type: z.literal('error'),
    ...onSubscription,
    code: z.string(),
    detail: z.string(),
    errors: frameErrors.optional(),
  }),
  z.strictObject({
    type: z.literal('resync'),
    ...onSubscription,
    reason: z.enum(['another_log', 'beyond_the_end']),
  }),
  z.strictObject({ type: z.literal('snapshotEnd'), ...onSubscription, cursor }),
]);
const documentFrame = { ...onSubscription, cursor, documentId: z.string() };

/** What a client gets. Over server-sent events the same, without `id`. */
export const serverFrame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('event'),
    ...onSubscription,
    cursor,
    event: storedEvent.extend({ position: cursor }),
  }),
  z.strictObject({ type: z.literal('snapshotDocument'), ...documentFrame, body }),
  z.strictObject({ type: z.literal('changed'), ...documentFrame, body: body.nullable() }),
  ...controlFrame.options,
]);
export type ServerFrame = z.output<typeof serverFrame>;

/** A frame as an outlet takes it. Events have an encoder of their own. */
export const framed = (frame: Exclude<ServerFrame, { type: 'event' }>): Frame => frameOf(frame);
