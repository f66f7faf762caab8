// what this version cannot read holds up its own stream; everything else goes on.
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { anEvent, appended, metadata } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const UNREADABLE = ['orchestration-unreadable', 'saga-01a1fd21-79e3-7072-b0f8-3dfee063f24b'];

const UNASKABLE = [
  '/api/v1/orchestrations/unreadable',
  '/api/v1/sagas/01a1fd21-79e3-7072-b0f8-3dfee063f24b',
  '/api/v1/sagas/01a1fd21-79e3-7072-b0f8-3dfee063f24b/explain',
];

/** Of this version, but its beginning is not there: nothing newer has written of it. */
const BEHEADED = '01a1fd21-79e3-7072-b0f8-3dfee063f24c';

const logWithUnknownEvents = async (dataDir: string): Promise<void> => {
  const store = await embeddedEventStore({ dataDir, clock: systemClock() });
  for (const stream of UNREADABLE)
    appended(await store.append(stream, NO_STREAM, [anEvent('FromALaterVersion')], metadata()));
  appended(await store.append(`saga-${BEHEADED}`, NO_STREAM, [anEvent('SagaCancelled', {})], metadata()));
  await store.close();
};

const started = async (dataDir: string, troubles: string[]) => {
  const loaded = loadConfig({ PORT: '0', DATA_DIR: dataDir, BRIDGE_FROM: 'now' });
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join());
  const logger = pino({ level: 'error' }, { write: (line: string) => void troubles.push(line) });
  const skald = await compose(loaded.config, {
    logger,
    onFatal: (error) => void troubles.push(String(error)),
  });
  await skald.start();
  return skald;
};

it('starts over streams of a later version, says so, and runs everything else (F-X-09)', async () => {
  const dataDir = freshDirectory();
  await logWithUnknownEvents(dataDir);
  const troubles: string[] = [];
  const { app, close } = await started(dataDir, troubles);
  const send = async (url: string, payload: object) =>
    (await app.inject({ method: 'POST', url, payload })).json<object>();
  try {
    const steps = [{ seq: 1, name: 'a', objectType: 'x' }];
    await send('/api/orchestration/register', { orchName: 'fine', as: 'initiator', steps });
    await send('/api/orchestration/register', { orchName: 'fine', as: 'worker', steps: [{ name: 'a' }] });
    await send('/api/orchestration/execute/fine', {});
    const polled = await send('/api/v1/tasks/poll', { service: 'fine-service', waitMs: 5000 });
    expect(polled).toMatchObject({ tasks: [{ orchName: 'fine', stepName: 'a' }] });
    expect(troubles.join()).toContain('orchestration-unreadable cannot be read');
    const answers = UNASKABLE.map(async (url) => (await app.inject(url)).json<object>());
    for (const answer of await Promise.all(answers))
      expect(answer).toMatchObject({ status: 500, code: 'newer_data' });
    expect(await send('/api/orchestration/execute/unreadable', {})).toMatchObject({ code: 'newer_data' });
    expect((await app.inject(`/api/v1/sagas/${BEHEADED}`)).json()).toMatchObject({ code: 'internal' });
  } finally {
    await close();
  }
});
