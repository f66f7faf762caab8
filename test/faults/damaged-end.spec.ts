// The end of the log is checked at each start: what is not as it was written is told, and the rest is served.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { anEvent, appended, metadata } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const FLIPPED = `UPDATE events
  SET body = CAST(substr(body, 1, length(body) - 3) || x'5a' || substr(body, -2) AS BLOB) WHERE revision = 1`;

it('a start tells the log where its end is damaged, and serves', { timeout: 60_000 }, async () => {
  const dataDir = freshDirectory();
  const store = await embeddedEventStore({ dataDir, clock: systemClock() });
  appended(await store.append('link-a', NO_STREAM, [anEvent(), anEvent(), anEvent()], metadata()));
  await store.close();
  const db = new DatabaseSync(join(dataDir, 'log.db'));
  db.exec(FLIPPED);
  db.close();

  const loaded = loadConfig({ PORT: '0', DATA_DIR: dataDir, BRIDGE_FROM: 'now' });
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join());
  const lines: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  const skald = await compose(loaded.config, { logger, onFatal: (error) => void lines.push(String(error)) });
  const { address } = await skald.start();
  const { status } = await fetch(new URL('/livez', address));
  await skald.close();

  expect(status).toBe(200);
  const told = lines.filter((line) => line.includes('the end of the log is damaged'));
  expect(told).toEqual([expect.stringContaining('stream link-a is damaged at revision 1')]);
});
