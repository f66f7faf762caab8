// Histories as they were recorded, at rest in every state. They are never edited: where one is decided otherwise now,
// runs that are under way go on otherwise than they began.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { statusOf } from '../../src/domain/saga/state.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { sagaStatus } from '../../src/projections/saga/read-model.ts';
import { withStates } from '../../src/queries/what-if/history.ts';
import { everyMoment, flawOf, premiseIn, runsIn } from '../support/what-if.ts';

const recordedEvent = z.strictObject({
  ...{ stream: z.string(), revision: z.int(), position: z.string(), type: z.string(), data: z.json() },
  ...{ commandId: z.string(), recordedAt: z.string() },
});

const storedForm = (event: z.output<typeof recordedEvent>): StoredEvent => {
  const { commandId, recordedAt, ...rest } = event;
  const actor = { kind: 'system', id: 'recorded', source: 'golden' } as const;
  const ids = { commandId, correlationId: commandId, causationId: commandId };
  const metadata = { ...ids, actor, schemaVersion: '1.0', recordedAt };
  return { ...rest, eventId: `${event.stream} ${String(event.revision)}`, metadata, hash: '' };
};

const folder = new URL('runs/', import.meta.url);
const histories = readdirSync(folder).map((file) => {
  const json: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  const log = z.array(recordedEvent).parse(json).map(storedForm);
  const premise = premiseIn(log, runsIn(log)[0] ?? '');
  return {
    status: file
      .replace(/\.json$/, '')
      .replaceAll('-', '_')
      .toUpperCase(),
    premise,
  };
});

describe('the recorded runs', () => {
  it('stand in every state there is', () => {
    expect(histories.map(({ status }) => status).sort()).toEqual([...sagaStatus.options].sort());
  });

  it.each(histories)('are decided again, event for event, up to $status', ({ status, premise }) => {
    const run = withStates(premise.appends).at(-1)?.after;
    expect(run?.kind === 'run' && statusOf(run)).toBe(status);
    for (const moment of everyMoment(premise)) expect(flawOf(moment)).toBeUndefined();
  });
});
