import { canonical, NotEncodable } from '../../src/domain/canonical.ts';
import type { AppendMetadata } from '../../src/domain/event.ts';
import type { AppendResult, NewEvent } from '../../src/infra/event-store/port.ts';

type Refused = Extract<AppendResult, { kind: 'refused' }>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_APPEND_BYTES = 900 * 1024;

const refused = (code: Refused['code'], detail: string): Refused => ({ kind: 'refused', code, detail });

/** Canonical data of each event, or why the port does not let them in. */
export const encoded = (
  events: readonly NewEvent[],
  metadata: AppendMetadata,
): readonly string[] | Refused => {
  const ids = new Set(events.map(({ eventId }) => eventId));
  if (ids.size < events.length) return refused('not_encodable', 'two events of the append have one id');
  if (![...ids].every((id) => UUID.test(id))) return refused('not_encodable', 'an event id is not a UUID');
  try {
    canonical(metadata);
    const texts = events.map(({ data }) => canonical(data));
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    return bytes > MAX_APPEND_BYTES ? refused('too_large', 'the append is too large') : texts;
  } catch (error) {
    if (!(error instanceof NotEncodable)) throw error;
    return refused(error.reason === 'too-large' ? 'too_large' : 'not_encodable', error.message);
  }
};
