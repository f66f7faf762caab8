// A range of time, in a log whose times go back a little where another leader's clock was behind.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../../src/domain/canonical.ts';
import { auditServer } from '../../../src/infra/cli/audit/over-http.ts';
import { checkSight } from '../../../src/infra/cli/audit/server-source.ts';
import { trustedKeys } from '../../../src/infra/cli/audit/trusted-keys.ts';
import { exportBundle } from '../../../src/infra/cli/bundle/export-bundle.ts';
import { verifyBundle } from '../../../src/infra/cli/bundle/verify-bundle.ts';
import { refusal } from '../../../src/infra/cli/errors.ts';
import { systemClock } from '../../../src/infra/clock/system.ts';
import { chainHash, hashOfStored, ZERO_HASH } from '../../../src/infra/event-store/hash.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';

const chain = { zero: ZERO_HASH, hash: hashOfStored };
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const none = () => Promise.reject(new Error('not asked here'));

/** Events of these streams, recorded at these seconds, each chained as it must be. */
const logOf = (...recorded: readonly (readonly [stream: string, second: number])[]) => {
  const heads = new Map<string, { readonly revision: number; readonly hash: string }>();
  return recorded.map(([stream, second], index) => {
    const head = heads.get(stream) ?? { revision: -1, hash: ZERO_HASH };
    const eventId = `0191e1f0-0000-7000-8000-${String(index).padStart(12, '0')}`;
    const event = { stream, revision: head.revision + 1, eventId, type: 'Happened' };
    const [data, metadata] = [{}, { recordedAt: at(second) }];
    const texts = { data: canonical(data), metadata: canonical(metadata) };
    const hash = chainHash(head.hash, { ...event, ...texts });
    heads.set(stream, { revision: event.revision, hash });
    return { ...event, data, metadata, hash };
  });
};

/** What an export of a range holds, as stream and revision, and whether it proves itself. */
const exported = async (events: ReturnType<typeof logOf>, from?: string, to?: string) => {
  const get = (path: string) =>
    path === '/api/v1/events'
      ? Promise.resolve({ items: events })
      : Promise.reject(refusal(404, JSON.stringify({ code: 'unknown_stream', detail: 'none' })));
  const api = { get, post: none, remove: none, probe: none, open: none };
  const path = join(freshDirectory(), 'range.bundle');
  const progress = { at: () => undefined, end: () => undefined };
  const wanted = { scope: { kind: 'everything' }, from, to } as const;
  await exportBundle({ api, chain, clock: systemClock() }, wanted, { path, progress });
  const { isIntact } = await verifyBundle(path, chain, trustedKeys(undefined));
  const held = readFileSync(path, 'utf8').matchAll(/"kind":"event","stream":"([^"]+)","revision":(\d+)/g);
  return { isIntact, held: [...held].map(([, stream, revision]) => `${stream} ${revision}`) };
};

describe('an audit or export of more than one stream', () => {
  it('is not made for whoever is shown only what is their own', async () => {
    const get = (path: string) =>
      path === '/api/v1/audit/checkpoints'
        ? Promise.reject(refusal(403, JSON.stringify({ code: 'forbidden', detail: 'not audit:read' })))
        : Promise.resolve({ items: logOf(['saga-a', 1]) });
    const api = { get, post: none, remove: none, probe: none, open: none };
    const everything = { kind: 'everything' } as const;
    await expect(checkSight(api, everything)).rejects.toThrow('not audit:read');
    const deps = { api, chain, text: () => undefined };
    const silent = { at: () => undefined, end: () => undefined };
    await expect(auditServer(deps, everything, silent)).rejects.toThrow('not audit:read');
    await checkSight(api, { kind: 'stream', name: 'saga-a' });
  });
});

describe('an export of a range of time', () => {
  it('goes on behind an event that was recorded too late', async () => {
    const events = logOf(['saga-a', 1], ['saga-b', 8], ['saga-a', 4], ['saga-b', 9], ['saga-c', 100]);
    expect(await exported(events, undefined, at(5))).toEqual({
      isIntact: true,
      held: ['saga-a 0', 'saga-a 1'],
    });
  });

  it('leaves no gap in a stream, at either end', async () => {
    const events = logOf(['saga-a', 1], ['saga-a', 6], ['saga-a', 4], ['saga-a', 7], ['saga-a', 12]);
    const later = [...events, ...logOf(['saga-b', 8])];
    expect(await exported(later, at(5), at(10))).toEqual({
      isIntact: true,
      held: ['saga-a 1', 'saga-a 2', 'saga-a 3', 'saga-b 0'],
    });
  });
});
