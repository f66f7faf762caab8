import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { isUnknownForm } from '../../domain/aggregate.ts';
import { isCiphertextAltered } from '../../domain/damage.ts';
import { sealed } from '../../domain/sealed.ts';
import { categoryOf, idOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import type { InstanceDeps } from '../instance/instance-deps.ts';
import { sealedFieldsOf } from './sealed-fields.ts';

export type OpenPayloadsDeps = {
  readonly keys: Pick<Keys, 'open'>;
  readonly instances: Pick<InstanceDeps['instances'], 'load'>;
};

type Opened =
  { readonly text: string } | { readonly base64: string } | { readonly gone: 'erased' | 'unreadable' };

const record = z.record(z.string(), z.unknown());

/**
 * An event with what is sealed in it in the clear: each such field becomes `{text}`, `{base64}` where it is no text, or
 * `{gone}`. What belongs to a deleted instance is gone, also while its key still lives. @throws what the keys throw.
 */
export const openPayloads =
  (deps: OpenPayloadsDeps) =>
  async <Event extends Pick<StoredEvent, 'stream' | 'type' | 'data'>>(event: Event): Promise<Event> => {
    const [category, id] = [categoryOf(event.stream), idOf(event.stream)];
    const data = record.safeParse(event.data).data;
    const contexts = data && sealedFieldsOf(category, event.type, id, data);
    if (contexts === undefined) return event;
    const isGone = category === 'instance' && (await isDeleted(deps, event.stream));
    const opened: Record<string, unknown> = { ...data };
    for (const [field, context] of Object.entries(contexts)) {
      const value = sealed.safeParse(opened[field]);
      if (!value.success) continue;
      opened[field] = isGone ? { gone: 'erased' } : await openOne(deps, value.data, context);
    }
    return { ...event, data: opened };
  };

const isDeleted = async ({ instances }: OpenPayloadsDeps, stream: string): Promise<boolean> => {
  try {
    const { state } = await instances.load(stream);
    return state.kind === 'absent' || state.deletion !== null;
  } catch (error) {
    // Nobody can tell: then nothing is shown.
    if (isUnknownForm(error)) return true;
    throw error;
  }
};

const openOne = async (
  { keys }: OpenPayloadsDeps,
  value: z.output<typeof sealed>,
  context: string,
): Promise<Opened> => {
  try {
    const bytes = await keys.open(value, context);
    if (bytes === 'erased') return { gone: 'erased' };
    const buffer = Buffer.from(bytes);
    return isUtf8(buffer) ? { text: buffer.toString() } : { base64: buffer.toString('base64') };
  } catch (error) {
    if (isCiphertextAltered(error)) return { gone: 'unreadable' };
    throw error;
  }
};
