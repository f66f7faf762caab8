import type { StoredEvent } from '../../event-store/port.ts';
import type { OutRecord } from '../../message-bus/port.ts';
import type { Documented } from './documented-records.ts';
import { integrationRecordOf } from './integration-event.ts';
import type { IntegrationContext } from './integration-event.ts';
import { statusRecordOf } from './registration-status.ts';
import type { Registrations } from './registration-status.ts';

export type RecordsDeps = {
  readonly context: IntegrationContext;
  readonly registrations: Registrations;
  /** What the documented topics tell of an event. */
  readonly documented: (event: StoredEvent) => Promise<Documented> | undefined;
  readonly counts: { omitted: number };
};

/** A record, and the event a marker can be made of where the record cannot be published as it is. */
export type Out = { readonly record: OutRecord; readonly event?: StoredEvent };

/** What is published of events, in their order. */
export const recordsOf = async (
  deps: RecordsDeps,
  events: readonly StoredEvent[],
): Promise<readonly Out[]> => {
  const made = events.map((event) => ({
    event,
    record: integrationRecordOf(deps.context, event),
    more: moreOf(deps, event),
  }));
  // All together, and before the first one is taken: what fails must not be left behind unheard.
  await Promise.all(made.flatMap(({ more }) => more ?? []));
  const out: Out[] = [];
  for (const { event, record, more } of made) {
    if (record !== undefined) out.push({ record, event });
    if (more !== undefined) out.push(...(await more));
  }
  return out;
};

/** What is told of an event beside the integration event; few have any. */
const moreOf = (
  { context, registrations, documented, counts }: RecordsDeps,
  event: StoredEvent,
): Promise<readonly Out[]> | undefined => {
  const status = statusRecordOf(context, registrations, event);
  const told = documented(event);
  if (status === undefined && told === undefined) return undefined;
  return Promise.all([status, told]).then((records) => {
    if (records[1] === 'omitted') counts.omitted += 1;
    return records.flatMap((record) => (record === undefined || record === 'omitted' ? [] : [{ record }]));
  });
};
