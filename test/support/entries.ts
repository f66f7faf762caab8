// A projection whose documents are written once: one for each event of a thing.
import { z } from 'zod';
import { projection } from '../../src/projections/projection.ts';
import { CannotFold } from '../../src/projections/stored-form.ts';

const entry = z.object({ thing: z.string(), type: z.string() }).readonly();

/** Events `Unfoldable` block their document. */
export const entries = projection<z.infer<typeof entry>>({
  spec: {
    name: 'entries',
    fields: { thing: 'text' },
    indexes: [],
    idPrefix: 'thing',
    isWrittenOnce: true,
    history: false,
  },
  version: 1,
  categories: ['thing'],
  document: entry,
  keysOf: ({ stream, revision }) => [`${stream.slice('thing-'.length)}/${String(revision)}`],
  fold: (_before, event, id) => {
    if (event.type === 'Unfoldable') throw new CannotFold(event, 'unknown type');
    return { thing: id.slice(0, id.indexOf('/')), type: event.type };
  },
});
