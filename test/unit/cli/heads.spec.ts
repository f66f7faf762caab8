import { describe, expect, it } from 'vitest';
import { canonical } from '../../../src/domain/canonical.ts';
import { followHeads } from '../../../src/infra/cli/audit/heads.ts';
import type { AuditedEvent } from '../../../src/infra/cli/audit/heads.ts';
import { chainHash, ZERO_HASH } from '../../../src/infra/event-store/hash.ts';

type Unhashed = Omit<AuditedEvent, 'hash'>;
const hash = (prev: string, event: Unhashed): string =>
  chainHash(prev, { ...event, data: canonical(event.data), metadata: canonical(event.metadata) });

const streamOf = (stream: string, length: number): AuditedEvent[] => {
  let prev = ZERO_HASH;
  return Array.from({ length }, (_, revision) => {
    const eventId = `0198f3a0-2222-7abc-8def-${String(revision).padStart(12, '0')}`;
    const event = { stream, revision, eventId, type: 'Happened', data: { revision }, metadata: { by: 'me' } };
    prev = hash(prev, event);
    return { ...event, hash: prev };
  });
};

const findingsIn = (events: readonly AuditedEvent[]) => {
  const heads = followHeads({ zero: ZERO_HASH, hash });
  return events.flatMap((event) => heads.check(event) ?? []);
};

describe('an audit of events', () => {
  it('finds nothing in streams that are as they were written, however they are mixed', () => {
    const [a, b] = [streamOf('a-1', 3), streamOf('b-1', 3)];
    expect(findingsIn(a.flatMap((event, index) => [event, ...b.slice(index, index + 1)]))).toEqual([]);
  });

  it.each([
    ['data', { data: { revision: 7 } }],
    ['metadata', { metadata: { by: 'you' } }],
    ['type', { type: 'Else' }],
    ['id', { eventId: '0198f3a0-2222-7abc-8def-00000000ffff' }],
  ])('names the event whose %s was changed, and that one only', (_what, change) => {
    const events = streamOf('a-1', 4);
    const forged = events.map((event) => (event.revision === 1 ? { ...event, ...change } : event));
    expect(findingsIn(forged)).toEqual([{ stream: 'a-1', revision: 1, detail: 'the hash does not match' }]);
  });

  it('names the place of an event that is missing', () => {
    const events = streamOf('a-1', 4).filter(({ revision }) => revision !== 1);
    expect(findingsIn(events)).toEqual([
      { stream: 'a-1', revision: 2, detail: 'revision 1 is missing, 2 came in its place' },
    ]);
  });

  it('takes no event of another stream', () => {
    const moved = streamOf('a-1', 1).map((event) => ({ ...event, stream: 'b-1' }));
    expect(findingsIn(moved)).toMatchObject([{ stream: 'b-1', revision: 0 }]);
  });
});
