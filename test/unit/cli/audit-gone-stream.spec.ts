// A stream that was signed and is gone altogether: whoever asks for it by name must be told more than that it is not there.
import { describe, expect, it, onTestFinished } from 'vitest';
import { auditServer } from '../../../src/infra/cli/audit/over-http.ts';
import { refusal } from '../../../src/infra/cli/errors.ts';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { hashOfStored, ZERO_HASH } from '../../../src/infra/event-store/hash.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { appendTo, witnessing } from '../../support/witnessed-log.ts';

const silent = { at: () => undefined, end: () => undefined };
const none = () => Promise.reject(new Error('not asked here'));
const gone = { kind: 'stream', name: 'saga-gone' } as const;
const never = { kind: 'stream', name: 'saga-never' } as const;

/** What a server says of a signed log where one of its streams was taken out. */
const robbed = async () => {
  const store = await embeddedEventStore({ dataDir: freshDirectory() });
  onTestFinished(() => store.close());
  await appendTo(store, gone.name, NO_STREAM);
  await witnessing(store).sign();
  const left = async (name: string) => {
    const { events } = await store.readStream(name, { from: 0, direction: 'forwards', max: 100 });
    return name === gone.name ? [] : events;
  };
  const get = async (path: string) => {
    const items = await left(path.replace('/api/v1/streams/', ''));
    if (items.length > 0) return { items };
    throw refusal(404, JSON.stringify({ code: 'unknown_stream', detail: 'Stream not found' }));
  };
  return { get, post: none, remove: none, probe: none, open: none };
};

describe('an audit of a stream that was signed and is gone', () => {
  it('finds that it is gone', async () => {
    const call = {
      api: await robbed(),
      chain: { zero: ZERO_HASH, hash: hashOfStored },
      text: () => undefined,
    };
    const detail = expect.stringContaining('the stream is not there: checkpoint 1 signed it') as string;
    expect(await auditServer(call, gone, silent)).toMatchObject({
      isIntact: false,
      findings: [{ stream: gone.name, revision: 0, detail }],
    });
    await expect(auditServer(call, never, silent)).rejects.toThrow('Stream not found');
  });
});
