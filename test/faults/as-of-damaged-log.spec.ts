// What is damaged in the log keeps nobody from asking about the time before, and is named to who asks for the time behind.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from '../support/fresh-directory.ts';
import { skaldIn } from '../support/past-world.ts';
import type { Ask } from '../support/past-record.ts';

const steps = [{ seq: 1, name: 'a', objectType: 'x' }];
const events = z.looseObject({
  items: z.array(z.looseObject({ metadata: z.looseObject({ recordedAt: z.string() }) })),
});

const defined = async (ask: Ask, orchName: string): Promise<string> => {
  const { status } = await ask('/api/orchestration/register', { body: { orchName, as: 'initiator', steps } });
  expect(status).toBe(200);
  const { text } = await ask(`/api/v1/streams/orchestration-${orchName}`);
  return events.parse(JSON.parse(text)).items[0]?.metadata.recordedAt ?? '';
};

const damage = (dataDir: string, stream: string): void => {
  const db = new DatabaseSync(join(dataDir, 'log.db'));
  db.prepare('UPDATE events SET body = ? WHERE stream_id = (SELECT id FROM streams WHERE name = ?)').run(
    Buffer.alloc(8),
    stream,
  );
  db.close();
};

it('tells of the time before, and names what is damaged to who asks for the time behind', async () => {
  const dataDir = freshDirectory();
  const { ask, close } = await skaldIn(dataDir);
  onTestFinished(close);
  const first = await defined(ask, 'first');
  // Whose time tells that the first one's has passed.
  await defined(ask, 'other');
  await defined(ask, 'second');
  const third = await defined(ask, 'third');
  damage(dataDir, 'orchestration-second');
  const wait = { headers: { prefer: 'wait=20' } };

  const then = await ask(`/api/v1/orchestrations?asOf=${first}`, wait);
  expect(JSON.parse(then.text)).toMatchObject({ items: [{ orchName: 'first' }] });
  expect((await ask(`/api/v1/orchestrations/first?asOf=${first}`)).status).toBe(200);
  for (const path of ['orchestrations', 'orchestrations/first']) {
    const behind = await ask(`/api/v1/${path}?asOf=${third}`, wait);
    expect(JSON.parse(behind.text)).toMatchObject({
      ...{ status: 500, code: 'integrity' },
      detail: expect.stringContaining('stream orchestration-second is damaged at revision 0') as unknown,
    });
  }
});
