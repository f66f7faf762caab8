import type { Clock } from '../clock/port.ts';
import type { Flow } from '../session/flow.ts';
import { createFlow } from '../session/flow.ts';
import type { BurstOutlet } from '../session/port.ts';
import { tapOf } from './event-client.ts';
import type { ClientFrame } from './frames.ts';
import { CREDIT, framed } from './frames.ts';
import type { Allowed, FeedAccess, FeedRequest, Refused } from './port.ts';
import { prepare } from './prepare.ts';
import type { Sources } from './prepare.ts';

const MAX_SUBSCRIPTIONS = 100;

type Deps = { readonly sources: Sources; readonly clock: Clock; readonly outlet: BurstOutlet };
type Subscribe = Extract<ClientFrame, { type: 'subscribe' }>;
type Subscription = {
  readonly flow: Flow;
  readonly stop: AbortController;
  readonly request: FeedRequest;
  readonly scope: Allowed['scope'];
};

/** The subscriptions of one connection, by the ids the client chose. */
export const createSubscriptions = (deps: Deps) => {
  const { outlet } = deps;
  const open = new Map<string, Subscription>();
  const refuse = (id: string, code: string, detail: string): void => {
    outlet.send(framed({ type: 'error', code, detail }), id);
  };
  const withOpen = (id: string, act: (subscription: Subscription) => void): void => {
    const subscription = open.get(id);
    if (subscription === undefined) refuse(id, 'unknown_subscription', 'there is none with this id');
    else act(subscription);
  };
  const remove = (id: string): void =>
    withOpen(id, ({ stop }) => {
      open.delete(id);
      stop.abort();
    });
  return {
    add: (frame: Subscribe, access: FeedAccess): void => {
      const { id } = frame;
      const made = brokenRule(open, id) ?? begun(deps, frame, access, () => open.delete(id));
      if ('kind' in made) refuse(id, made.code, made.detail);
      else open.set(id, made);
    },
    /** Ends what may no longer be followed, or not as widely. */
    recheck: (access: FeedAccess): void => {
      for (const [id, subscription] of open) {
        if (isStillAllowed(access, subscription)) continue;
        remove(id);
        refuse(id, 'forbidden', 'the new token does not allow this as it is: subscribe again');
      }
    },
    remove,
    grant: (id: string, events: number): void => withOpen(id, ({ flow }) => flow.grant(events)),
    drained: (): void => open.forEach(({ flow }) => flow.drained()),
    end: (): void => {
      open.forEach(({ stop }) => stop.abort());
      open.clear();
    },
  };
};

const isStillAllowed = (access: FeedAccess, { request, scope }: Subscription): boolean => {
  const allowed = access.judge(request);
  return allowed.kind === 'allowed' && allowed.scope === scope;
};

/** `onEnd` is called when the subscription ended by itself, not when it was stopped. */
const begun = (
  { sources, clock, outlet }: Deps,
  frame: Subscribe,
  access: FeedAccess,
  onEnd: () => void,
): Subscription | Refused => {
  const request = requestOf(frame);
  const allowed = access.judge(request);
  if (allowed.kind === 'refused') return allowed;
  const prepared = prepare(sources, allowed);
  if (prepared.kind === 'refused') return prepared;
  const flow = createFlow({ isFull: outlet.isFull, clock }, { first: frame.credit, most: CREDIT.max });
  const stop = new AbortController();
  void prepared.run(tapOf(flow, outlet, stop.signal, frame.id)).then(() => {
    if (!stop.signal.aborted) onEnd();
  });
  return { flow, stop, request, scope: allowed.scope };
};

const brokenRule = (open: ReadonlyMap<string, unknown>, id: string) => {
  const refused = (code: string, detail: string) => ({ kind: 'refused' as const, code, detail });
  if (open.has(id)) return refused('duplicate_subscription', 'this id is in use on this connection');
  if (open.size < MAX_SUBSCRIPTIONS) return undefined;
  return refused('too_many_subscriptions', `a connection carries ${MAX_SUBSCRIPTIONS} at most`);
};

const requestOf = ({ events, documents, from }: Subscribe): FeedRequest =>
  documents === undefined
    ? { kind: 'events', selection: events ?? {}, from: from ?? 'now' }
    : { kind: 'documents', ...documents };
