// A projection small enough to be checked by hand: how often something happened to each thing, and to whom last.
import { z } from 'zod';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { projection } from '../../src/projections/projection.ts';
import { CannotFold } from '../../src/projections/stored-form.ts';

export const tallyDocument = z.object({ name: z.string(), count: z.number(), sum: z.number() }).readonly();
export type Tally = z.infer<typeof tallyDocument>;

const eventData = z.object({ by: z.number(), also: z.string().optional() });

/** Events `Added`, `Removed` of `thing-<name>`; `also` names a second document. `known`: what it can fold. */
export const tallyOf = ({
  name = 'tally',
  version = 1,
  known = ['Added', 'Removed'],
  times = 1,
}: {
  readonly name?: string;
  readonly version?: number;
  readonly known?: readonly string[];
  readonly times?: number;
} = {}) =>
  projection<Tally>({
    spec: { name, fields: { name: 'text', count: 'number' }, indexes: [['name']], history: false },
    version,
    categories: ['thing'],
    document: tallyDocument,
    keysOf: (event) => {
      const { also } = eventData.parse(event.data);
      return [event.stream.slice('thing-'.length), ...(also === undefined ? [] : [also])];
    },
    fold: (document, event, id) => {
      if (!known.includes(event.type)) throw new CannotFold(event, 'unknown type');
      if (event.type === 'Removed') return null;
      const before = document ?? { name: id, count: 0, sum: 0 };
      return { name: id, count: before.count + 1, sum: before.sum + times * byOf(event) };
    },
  });

const byOf = (event: StoredEvent): number => eventData.parse(event.data).by;
