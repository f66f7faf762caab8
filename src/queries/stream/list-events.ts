import type { EventStore, Position, StoredEvent } from '../../infra/event-store/port.ts';

export type EventFilter = {
  readonly category?: string | undefined;
  readonly type?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Which of them the caller may see, where that is not every one. */
  readonly isVisible?: ((event: StoredEvent) => Promise<boolean>) | undefined;
};

export type EventPage = {
  readonly items: readonly StoredEvent[];
  /** Continue after it; absent at the end of the log. A page may end early, or empty, where few events match. */
  readonly next?: Position;
  /** Everything up to here was looked at. */
  readonly position: Position;
};

const SLICE = 1000;
/** How many slices one page looks through before it hands over to the next. */
const SLICES = 20;

/** Events of the whole log in its order, those that match. */
export const listEvents =
  (log: Pick<EventStore, 'readAll'>) =>
  async (
    filter: EventFilter,
    page: { readonly after: Position; readonly limit: number },
  ): Promise<EventPage> => {
    const { category, ...others } = filter;
    const categories = category === undefined ? {} : { categories: [category] };
    const items: StoredEvent[] = [];
    let after = page.after;
    for (let slices = 0; slices < SLICES; slices += 1) {
      const slice = await log.readAll({ after, ...categories, max: SLICE });
      for (const event of slice.events) {
        if (!(await matches(event, others))) continue;
        items.push(event);
        if (items.length === page.limit) return { items, next: event.position, position: event.position };
      }
      after = slice.position;
      if (slice.isEnd) return { items, position: after };
    }
    return { items, next: after, position: after };
  };

const matches = (
  event: StoredEvent,
  { type, correlationId, isVisible }: EventFilter,
): boolean | Promise<boolean> =>
  (type === undefined || event.type === type) &&
  (correlationId === undefined || event.metadata.correlationId === correlationId) &&
  (isVisible === undefined || isVisible(event));
