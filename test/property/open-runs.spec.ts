import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadOpenRuns, noteBatch, saveOpenRuns } from '../../src/commands/engine/open-runs.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import type { Snapshot } from '../../src/infra/snapshots/port.ts';
import { memoryLog } from '../support/memory-log.ts';

const memorySnapshots = () => {
  let kept: Snapshot | undefined;
  return {
    load: () => Promise.resolve(kept),
    save: (_name: string, snapshot: Snapshot) => {
      // As a file or a database would hand it back.
      kept = { position: snapshot.position, body: JSON.parse(JSON.stringify(snapshot.body)) as unknown };
      return Promise.resolve();
    },
  };
};

const types = [
  'SagaStarted',
  'StepDispatched',
  'SagaCompleted',
  'UndoStarted',
  'SagaUndone',
  'SagaCancelled',
];
const moves = fc.array(
  fc.oneof(
    fc.record({ stream: fc.constantFrom('saga-a', 'saga-b', 'saga-c'), type: fc.constantFrom(...types) }),
    fc.record({
      stream: fc.constantFrom('orchestration-x', 'orchestration-y'),
      type: fc.constant('DefinitionRegistered'),
    }),
  ),
  { maxLength: 60 },
);

const batchOf = (events: readonly StoredEvent[]) => ({
  events,
  position: events.at(-1)?.position ?? START,
  caughtUp: true,
});

describe('the snapshot of open runs', () => {
  it('with what came after it is the same as the whole log', async () => {
    await fc.assert(
      fc.asyncProperty(moves, fc.nat(60), async (history, cut) => {
        const log = memoryLog();
        for (const { stream, type } of history) log.append(stream, type);
        const whole = await loadOpenRuns(log, undefined);
        noteBatch(whole, batchOf(log.events));

        const snapshots = memorySnapshots();
        const first = await loadOpenRuns(log, snapshots);
        if (cut > 0 && log.events.length > 0) noteBatch(first, batchOf(log.events.slice(0, cut)));
        await saveOpenRuns(snapshots, first);
        const second = await loadOpenRuns(log, snapshots);
        expect(second).toEqual(first);
        const rest = log.events.filter(({ position }) => position > second.position);
        if (rest.length > 0) noteBatch(second, batchOf(rest));
        expect(second).toEqual(whole);
      }),
    );
  });

  it('is not used where the log ends before it, nor where it has another form', async () => {
    const log = memoryLog();
    const { position } = log.append('saga-a', 'SagaStarted');
    const snapshots = memorySnapshots();
    const empty = { runs: new Set(), orchestrations: new Set(), position: START, last: undefined };
    await snapshots.save('open-runs', {
      position: '9'.repeat(40),
      body: { form: 1, runs: ['b'], orchestrations: [] },
    });
    expect(await loadOpenRuns(log, snapshots)).toEqual(empty);
    await snapshots.save('open-runs', { position, body: { form: 0, runs: ['b'] } });
    expect(await loadOpenRuns(log, snapshots)).toEqual(empty);
  });

  it('is not used where the log was put back and has grown past it, and is where it has only grown', async () => {
    const log = memoryLog();
    log.append('saga-a', 'SagaStarted');
    log.append('saga-b', 'SagaStarted');
    const snapshots = memorySnapshots();
    const open = await loadOpenRuns(log, undefined);
    noteBatch(open, batchOf(log.events));
    await saveOpenRuns(snapshots, open);
    log.append('saga-c', 'SagaStarted');
    expect((await loadOpenRuns(log, snapshots)).runs).toEqual(new Set(['a', 'b']));
    const other = memoryLog();
    for (const name of ['a', 'x', 'y']) other.append(`saga-${name}`, 'SagaStarted');
    expect(await loadOpenRuns(other, snapshots)).toMatchObject({ runs: new Set(), position: START });
  });
});
