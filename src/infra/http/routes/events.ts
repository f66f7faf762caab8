import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CATEGORY_NAME, EVENT_TYPE } from '../../../domain/names.ts';
import type { Queries } from '../../../queries/queries.ts';
import type { EventFilter } from '../../../queries/stream/list-events.ts';
import { START } from '../../event-store/port.ts';
import type { Position, StoredEvent } from '../../event-store/port.ts';
import { ownOnly } from '../caller.ts';
import { answerLines, LINES, STREAMING, wantsLines } from '../lines.ts';
import { isOf } from '../own-streams.ts';
import { problem } from '../problem-details.ts';
import { tellDamage } from '../tell-damage.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { exact, limitUpTo } from './query-parameters.ts';
import { outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import { checkMinPosition, positionOf } from './route-deps.ts';
import * as schemas from './schemas.ts';

const MAX_LIMIT = 1000;
const PAGE = 500;

const query = z.strictObject({
  category: z.string().regex(CATEGORY_NAME, 'must be a category, as saga').optional(),
  type: z.string().regex(EVENT_TYPE, 'must be an event type, as SagaStarted').optional(),
  correlationId: exact.optional(),
  from: z.string().min(1).max(200).optional(),
  limit: limitUpTo(MAX_LIMIT).optional(),
  ...schemas.minPosition,
});

/** All events, for auditors: a page as JSON, or all to the end of the log as lines. */
export const eventRoutes = (app: App, deps: ReadDeps): void => {
  const schema = {
    ...operation('streams', 'The events of the whole log as they are stored', schemas.eventsAnswer),
    querystring: query,
    produces: ['application/json', LINES],
  };
  app.get('/api/v1/events', { ...needs('stream:read'), ...STREAMING, schema }, async (request, reply) => {
    const { from, limit, minPosition, ...asked } = request.query;
    const filter = { ...asked, ...visibleTo(request, deps.queries) };
    await checkMinPosition(deps, minPosition);
    const after = from === undefined ? START : await startOf(deps, from);
    if (wantsLines(reply)) {
      const most = limit === undefined ? Infinity : Number(limit);
      return answerLines(reply, all(deps, filter, after), { most, drain: deps.drain, cursor: deps.cursor });
    }
    const reading = deps.queries.listEvents(filter, { after, limit: Number(limit ?? '100') });
    const page = await (filter.isVisible === undefined ? reading.catch(tellDamage) : reading);
    return {
      items: page.items.map((event) => outward(deps, event)),
      ...(page.next === undefined ? {} : { nextCursor: deps.cursor.encode(page.next) }),
      position: deps.cursor.encode(page.position),
    };
  });
};

/** @throws Problem for what is no position of this log, or is of a tail it has lost: what comes there now would be left out. */
const startOf = async ({ cursor, queries }: ReadDeps, from: string): Promise<Position> => {
  const after = positionOf(cursor, from, 'from');
  if (await queries.isBeyondEnd(after))
    throw problem('resync', 'from is beyond the end of this log: start over without it');
  return after;
};

const visibleTo = (request: FastifyRequest, { ownerOfStream }: Queries): EventFilter => {
  const own = ownOnly(request);
  return own === undefined ? {} : { isVisible: isOf(own, ownerOfStream) };
};

async function* all(
  { queries }: ReadDeps,
  filter: EventFilter,
  start: Position,
): AsyncGenerator<readonly StoredEvent[]> {
  for (let after: Position | undefined = start; after !== undefined;) {
    const { items, next } = await queries.listEvents(filter, { after, limit: PAGE });
    yield items;
    after = next;
  }
}
