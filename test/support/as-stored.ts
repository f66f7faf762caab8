import type { z } from 'zod';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import type { streamAnswer } from '../../src/infra/http/routes/schemas.ts';

/** An event of the API as the port has it: where a field is absent, it is absent. */
export const asStored = ({
  metadata,
  ...event
}: z.infer<typeof streamAnswer>['items'][number]): StoredEvent => {
  const { owner, bodyHash, ...always } = metadata;
  const optional = {
    ...(owner === undefined ? {} : { owner }),
    ...(bodyHash === undefined ? {} : { bodyHash }),
  };
  return { ...event, metadata: { ...always, ...optional } };
};
