import type { z } from 'zod';
import {
  archiveInstanceIdContext,
  errorsContext,
  headersContext,
  valueContext,
} from '../../domain/instance/seal-context.ts';
import type { Sealed } from '../../domain/sealed.ts';
import type { Keys } from '../../infra/keys/port.ts';
import { historyEntry, instanceContent } from '../../projections/instances/read-model.ts';
import type { HistoryEntry, InstanceContent } from '../../projections/instances/read-model.ts';

const errors = historyEntry.shape.details.shape.errors.unwrap();
const { headers, value } = instanceContent.shape;

/** Opens what is sealed of one instance; null once its key is destroyed. */
export const instanceContents = (keys: Pick<Keys, 'open'>, instanceId: string) => {
  const open = async (sealed: Sealed, context: string): Promise<string | null> => {
    const bytes = await keys.open(sealed, context);
    return bytes === 'erased' ? null : Buffer.from(bytes).toString();
  };
  const parsed = async <Form extends z.ZodType>(sealed: Sealed, context: string, form: Form) => {
    const text = await open(sealed, context);
    return text === null ? null : form.parse(JSON.parse(text));
  };
  return {
    content: async (sealed: Record<'headers' | 'value', Sealed>): Promise<InstanceContent | null> => {
      const opened = await Promise.all([
        parsed(sealed.headers, headersContext(instanceId), headers),
        parsed(sealed.value, valueContext(instanceId), value),
      ]);
      return opened[0] === null || opened[1] === null ? null : { headers: opened[0], value: opened[1] };
    },
    errors: (sealed: Sealed): Promise<HistoryEntry['details']['errors']> =>
      parsed(sealed, errorsContext(instanceId), errors),
    archiveInstanceId: (sealed: Sealed): Promise<string | null> =>
      open(sealed, archiveInstanceIdContext(instanceId)),
  };
};
