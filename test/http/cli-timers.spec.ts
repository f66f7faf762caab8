import { describe, expect, it } from 'vitest';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { flowAt, logOf, queriesOver } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { NOW, sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { done, edge, FLOW, positionOf, sagaViewWith } from './edge.ts';

const started = event.started(sequential([step('a')]));
const log: readonly Written[] = [1, 2].flatMap((run): Written[] => [
  [`saga-${flowAt(run)}`, started],
  [`saga-${flowAt(run)}`, event.dispatched('a', { until: NOW + run * 1000 })],
]);
const shiftId = flowAt(77);

/** A command line for an edge over these runs, at revision 7 each. */
const cli = async (some: Partial<Handlers> = {}) => {
  const { queries } = await queriesOver(logOf(...log));
  const getSaga: Handlers['getSaga'] = (flowId) =>
    Promise.resolve(sagaViewWith({ flowId, revision: 7, position: positionOf(1) }));
  const app = await edge({ getSaga, ...some }, { queries });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return (args: readonly string[], answer?: boolean) =>
    runInProcess(args, { url, ...(answer === undefined ? {} : { answer }) });
};

describe('skald timer', () => {
  it.each([
    ['reschedule', 'rescheduleTimer', ['--to', '2026-11-23T09:00:00+01:00'], 'rescheduled'],
    ['fire', 'fireTimer', [], 'fired'],
    ['cancel', 'cancelTimer', [], 'cancelled'],
  ] as const)(
    '%s tells the run where it stands now, or where it was seen',
    async (verb, handler, more, outcome) => {
      const asked: unknown[] = [];
      const handle = (...given: readonly unknown[]) => {
        asked.push(given.slice(0, 2));
        return Promise.resolve(done(null));
      };
      const skald = await cli({ [handler]: handle });
      const args = ['timer', verb, FLOW, 'create', ...more, '--reason', 'they are closed'];
      const ran = await skald(args);
      expect(ran).toMatchObject({ exitCode: 0, stderr: '', asked: [] });
      expect(ran.stdout).toMatch(new RegExp(`^OUTCOME +${outcome}$`, 'm'));
      await skald(['timers', verb, FLOW, 'create', 'undo', ...more, '--reason', 'r', '--revision', '3']);
      const dueAt = verb === 'reschedule' ? { dueAt: '2026-11-23T08:00:00.000Z' } : {};
      expect(asked).toEqual([
        [
          { flowId: FLOW, step: 'create', action: 'do', revision: 7 },
          { ...dueAt, reason: 'they are closed' },
        ],
        [
          { flowId: FLOW, step: 'create', action: 'undo', revision: 3 },
          { ...dueAt, reason: 'r' },
        ],
      ]);
    },
  );

  it('says so where the run has moved on', async () => {
    const refusal = { kind: 'rejected', code: 'precondition_failed', detail: 'moved on' } as const;
    const skald = await cli({ fireTimer: () => Promise.resolve(refusal) });
    expect(await skald(['timer', 'fire', FLOW, 'create', '--reason', 'r'])).toMatchObject({ exitCode: 4 });
  });

  it('refuses what nobody could mean', async () => {
    const skald = await cli();
    for (const args of [
      ['fire', FLOW, 'create'],
      ['fire', FLOW, 'create', 'redo', '--reason', 'r'],
      ['reschedule', FLOW, 'create', '--reason', 'r'],
      ['shift', '--reason', 'r'],
      ['shift', '--by', '1h', '--to', '2026-11-23T08:00:00Z', '--reason', 'r'],
      ['shift', '--by', 'an hour', '--reason', 'r'],
      ['shift', '--by', '1h'],
    ])
      expect([args, (await skald(['timer', ...args])).exitCode]).toEqual([args, 2]);
  });
});

describe('skald timer shift', () => {
  const shifting = (asked: unknown[], refused = 0): Partial<Handlers> => ({
    shiftTimers: (flowIds, input) => {
      asked.push([flowIds, input]);
      return Promise.resolve(done({ shiftId, runs: flowIds.length }));
    },
    getTimerShift: () =>
      Promise.resolve({
        ...{ shiftId, isFinished: true, runs: 2, timersMoved: 2 - refused, reason: 'r', revision: 2 },
        ...{ counts: { moved: 2 - refused, unchanged: 0, refused }, results: [], owner: null },
      }),
  });
  const args = ['timer', 'shift', '--by', '-90m', '--reason', 'r'];

  it('shows what it would move and asks first', async () => {
    const asked: unknown[] = [];
    const skald = await cli(shifting(asked));
    const no = await skald(args, false);
    expect(no).toMatchObject({ exitCode: 1, asked: ['move 2 timers of 2 runs?'] });
    expect(no.stderr).toMatch(/TIMERS +2/);
    expect(no.stderr).toContain(new Date(NOW + 1000 - 5_400_000).toISOString());
    expect((await skald([...args, '--dry-run'])).stdout).toMatch(/TIMERS +2/);
    expect(asked).toEqual([]);
    const yes = await skald([...args, '--per-second', '5', '--kind', 'schedule'], true);
    expect(yes.stdout).toMatch(new RegExp(`^SHIFT +${shiftId}$`, 'm'));
    const how = { filter: { kind: 'schedule' }, byMs: -5_400_000, reason: 'r', perSecond: 5, dryRun: false };
    expect(asked).toEqual([[[flowAt(1), flowAt(2)], how]]);
  });

  it('waits until each run has had its turn', async () => {
    const skald = await cli(shifting([]));
    const to = ['timer', 'shift', '--to', '2026-11-23T08:00:00Z', '--reason', 'r', '--yes', '--wait', '5'];
    const ran = await skald(to);
    expect(ran).toMatchObject({ exitCode: 0, asked: [] });
    expect(ran.stdout).toMatch(/^MOVED +2$/m);
    const some = await (await cli(shifting([], 1)))(to);
    expect(some).toMatchObject({ exitCode: 1, stderr: 'skald: 1 of 2 runs were not as expected\n' });
  });
});
