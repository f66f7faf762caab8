import type { Allowed, FeedAccess, FeedRequest, RefusalCode, Refused } from '../../feed/port.ts';
import type { Caller } from '../caller.ts';
import { isOf } from '../own-streams.ts';
import type { OwnerOfStream } from '../own-streams.ts';
import type { Permission } from '../permissions.ts';

type Events = Extract<FeedRequest, { kind: 'events' }>;
type Documents = Extract<FeedRequest, { kind: 'documents' }>;

/** What the documents of each collection may be read with; another collection is nobody's. */
export const COLLECTIONS: Readonly<Record<string, Permission>> = {
  orchestrations: 'orchestration:read',
  registrations: 'orchestration:read',
  healing: 'orchestration:read',
  workers: 'worker:read',
  sagas: 'saga:read',
  'saga-timeline': 'saga:read',
  'dead-letters': 'deadletter:read',
  instances: 'instance:read',
  replays: 'replay:read',
};

/** The collections whose documents name their owner. */
const OWNED: readonly string[] = ['sagas', 'instances'];

/** What a caller may follow: what they may read otherwise. */
export const feedAccess = (caller: Caller, ownerOfStream: OwnerOfStream): FeedAccess => ({
  subject: caller.actor.id,
  expiresAt: caller.expiresAt,
  whenRefused: caller.whenRefused,
  judge: (request) =>
    request.kind === 'events' ? events(caller, ownerOfStream, request) : documents(caller, request),
});

const events = (
  { actor, scopeOf }: Caller,
  ownerOfStream: OwnerOfStream,
  request: Events,
): Allowed | Refused => {
  const scope = scopeOf('stream:read');
  if (scope === undefined) return refused('forbidden', 'events need the permission stream:read');
  if (scope === 'all') return { kind: 'allowed', request, scope };
  const { selection } = request;
  // Runs, unless another category is named: so the store can leave out what is nobody's own.
  const category = selection.stream === undefined ? { category: selection.category ?? 'saga' } : {};
  const narrowed = { ...request, selection: { ...selection, ...category } };
  const { stream } = selection;
  return {
    ...{ kind: 'allowed', request: narrowed, scope, sees: isOf(actor.id, ownerOfStream) },
    ...(stream === undefined ? {} : { confirm: () => confirmStream(actor.id, ownerOfStream, stream) }),
  };
};

/** A stream of somebody else is answered as one that does not exist. */
const confirmStream = async (
  own: string,
  ownerOfStream: OwnerOfStream,
  stream: string,
): Promise<Refused | undefined> =>
  (await ownerOfStream(stream)) === own
    ? undefined
    : refused('unknown_stream', `Stream not found: ${stream}`);

const documents = ({ actor, scopeOf }: Caller, request: Documents): Allowed | Refused => {
  const { collection, where } = request;
  const permission = Object.hasOwn(COLLECTIONS, collection) ? COLLECTIONS[collection] : undefined;
  if (permission === undefined) return refused('unknown_collection', `there is no collection ${collection}`);
  const scope = scopeOf(permission);
  if (scope === 'all') return { kind: 'allowed', request, scope };
  if (scope === undefined || !OWNED.includes(collection))
    return refused('forbidden', `${collection} needs the permission ${permission} for everybody's`);
  const ofOwn = [...where, { field: 'owner', op: 'eq', value: actor.id } as const];
  return { kind: 'allowed', request: { ...request, where: ofOwn }, scope };
};

const refused = (code: RefusalCode, detail: string): Refused => ({ kind: 'refused', code, detail });
