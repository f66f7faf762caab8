import type { Clock } from '../clock/port.ts';
import type { Flow } from './flow.ts';
import { createFlow } from './flow.ts';
import type { ClientFrame } from './frames.ts';
import { framed } from './frames.ts';
import type { FeedRequest, Frame, Outlet } from './port.ts';
import { prepare } from './prepare.ts';
import type { Run, Sources } from './prepare.ts';

const MAX_SUBSCRIPTIONS = 100;

type Deps = { readonly sources: Sources; readonly clock: Clock; readonly outlet: Outlet };
type Subscribe = Extract<ClientFrame, { type: 'subscribe' }>;
type Subscription = { readonly flow: Flow; readonly stop: AbortController };

/** The subscriptions of one connection, by the ids the client chose. */
export const createSubscriptions = ({ sources, clock, outlet }: Deps) => {
  const open = new Map<string, Subscription>();
  const refuse = (id: string, code: string, detail: string): void => {
    outlet.send(framed({ type: 'error', code, detail }), id);
  };
  const withOpen = (id: string, act: (subscription: Subscription) => void): void => {
    const subscription = open.get(id);
    if (subscription === undefined) refuse(id, 'unknown_subscription', 'there is none with this id');
    else act(subscription);
  };
  return {
    add: (frame: Subscribe): void => {
      const { id, credit } = frame;
      const prepared = brokenRule(open, id) ?? prepare(sources, requestOf(frame));
      if (prepared.kind === 'refused') return refuse(id, prepared.code, prepared.detail);
      const flow = createFlow({ isFull: outlet.isFull, clock }, credit);
      const send = (one: Frame): void => outlet.send(one, id);
      open.set(
        id,
        start(prepared.run, flow, send, () => open.delete(id)),
      );
    },
    remove: (id: string): void =>
      withOpen(id, ({ stop }) => {
        open.delete(id);
        stop.abort();
      }),
    grant: (id: string, events: number): void => withOpen(id, ({ flow }) => flow.grant(events)),
    drained: (): void => {
      for (const { flow } of open.values()) flow.drained();
    },
    end: (): void => {
      for (const { stop } of open.values()) stop.abort();
      open.clear();
    },
  };
};

const brokenRule = (open: ReadonlyMap<string, unknown>, id: string) => {
  const refused = (code: string, detail: string) => ({ kind: 'refused' as const, code, detail });
  if (open.has(id)) return refused('duplicate_subscription', 'this id is in use on this connection');
  if (open.size < MAX_SUBSCRIPTIONS) return undefined;
  return refused('too_many_subscriptions', `a connection carries ${MAX_SUBSCRIPTIONS} at most`);
};

/** `onEnd` is called when the subscription ended by itself, not when it was stopped. */
const start = (run: Run, flow: Flow, send: (frame: Frame) => void, onEnd: () => void): Subscription => {
  const stop = new AbortController();
  const { signal } = stop;
  const unlessStopped = (act: () => void): void => {
    if (!signal.aborted) act();
  };
  const tap = { flow, signal, send: (frame: Frame) => unlessStopped(() => send(frame)) };
  void run(tap).then(() => unlessStopped(onEnd));
  return { flow, stop };
};

const requestOf = ({ events, documents, from }: Subscribe): FeedRequest =>
  documents === undefined
    ? { kind: 'events', selection: events ?? {}, from: from ?? 'now' }
    : { kind: 'documents', ...documents };
