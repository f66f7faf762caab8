import { expect, it } from 'vitest';
import { eventIdOf } from '../../../src/commands/deterministic-ids.ts';
import { orchestrationStream } from '../../../src/domain/orchestration/aggregate.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import { getOrchestration } from '../../../src/queries/orchestration/get-orchestration.ts';
import { openLog } from '../../support/open-log.ts';
import { defined, workersRegistered } from '../../support/registrations.ts';

const EVENTS = 1100;
const commandId = '0193c2f0-7a11-7c3e-9d52-5b8f0f6f2a10';

it('folds a stream of several pages to its end, and finds nothing where nothing was registered', async () => {
  const store = await openLog();
  const stream = orchestrationStream('tenant');
  const workers = Array.from({ length: EVENTS - 1 }, (_, index) => workersRegistered(`w${index}`, ['a']));
  const events = [defined(['a']), ...workers].map((event, index) => ({
    ...event,
    eventId: eventIdOf(stream, commandId, index),
    schemaVersion: '1.0',
  }));
  await store.append(stream, NO_STREAM, events, {
    commandId,
    correlationId: commandId,
    causationId: commandId,
    actor: { kind: 'anonymous', id: 'local', source: 'http' },
  });
  const view = await getOrchestration(store)('tenant');
  expect(view).toMatchObject({ orchName: 'tenant', status: 'SUCCESS', revision: EVENTS - 1 });
  expect(view?.steps[0]?.workers).toHaveLength(EVENTS - 1);
  expect(await getOrchestration(store)('other')).toBeUndefined();
});
