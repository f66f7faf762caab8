import { describe, expect, it } from 'vitest';
import type { Definition } from '../../../src/domain/orchestration/events.ts';
import type { SagaEvent } from '../../../src/domain/saga/events.ts';
import { resultContext } from '../../../src/domain/saga/seal-context.ts';
import type { Sealed } from '../../../src/domain/sealed.ts';
import { getUndoPlan } from '../../../src/queries/saga/get-undo-plan.ts';
import { undoPlanView } from '../../../src/queries/saga/undo-plan-view.ts';
import { runInLog } from '../../support/run-in-log.ts';
import { graph, sequential, simultaneous, step } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';
import { FLOW } from '../../support/saga-stored.ts';

const chain = sequential([step('a'), step('b'), step('c')]);
const undoing = { action: 'undo' } as const;

/** A run of a definition in a log of its own; `events` gets what seals an answer of a step. */
const planOf = async (
  definition: Definition,
  events: (seal: (name: string, text: string) => Promise<Sealed>) => Promise<readonly SagaEvent[]>,
  options: { readonly erase?: boolean } = {},
) => {
  const log = await runInLog();
  const { keys, keyId } = await log.opened();
  await log.defined(definition);
  const seal = async (name: string, text: string) =>
    keys.seal(keyId, resultContext(FLOW, name, 'do'), new Uint8Array(Buffer.from(text)));
  await log.ran(event.started(definition), ...(await events(seal)));
  if (options.erase === true) await keys.destroy([keyId]);
  return undoPlanView.parse(await getUndoPlan({ store: log.store, keys })(FLOW));
};

const done = (name: string, result: Sealed | null = null) => [
  event.dispatched(name),
  event.succeeded(name, { result }),
];
const brief = ({ steps }: Awaited<ReturnType<typeof planOf>>) =>
  steps.map(({ order, step: name, state, outcome, after }) => [order, name, state, outcome, after]);

describe('the undo plan of a run that goes on', () => {
  it('is undefined for an unknown run', async () => {
    const { store, opened } = await runInLog();
    const { keys } = await opened();
    expect(await getUndoPlan({ store, keys })(FLOW)).toBeUndefined();
  });

  it('goes backwards over what has happened, one after the other, with what each undo gets', async () => {
    const plan = await planOf(chain, async (seal) => [
      ...done('a', await seal('a', 'tenant 7')),
      ...done('b'),
      event.dispatched('c'),
    ]);
    expect(brief(plan)).toEqual([
      [1, 'c', 'planned', 'unknown', []],
      [2, 'b', 'planned', 'succeeded', ['c']],
      [3, 'a', 'planned', 'succeeded', ['c', 'b']],
    ]);
    const results = plan.steps.map(({ result }) => result);
    expect(results).toEqual([null, null, Buffer.from('tenant 7').toString('base64')]);
    expect(plan).toMatchObject({
      canUndo: true,
      status: 'IN_PROGRESS',
      irreversible: [],
      words: 'An undo now would undo c, b, a.',
    });
  });

  it('leaves out what has no undo, and says that it stays', async () => {
    const definition = sequential([step('a', { undo: false }), step('b'), step('c', { undo: false })]);
    const plan = await planOf(definition, () =>
      Promise.resolve([...done('a'), ...done('b'), event.dispatched('c')]),
    );
    expect(brief(plan)).toEqual([[1, 'b', 'planned', 'succeeded', []]]);
    expect(plan.irreversible).toEqual([
      { step: 'a', outcome: 'succeeded' },
      { step: 'c', outcome: 'unknown' },
    ]);
  });

  it('undoes all at once what was done all at once', async () => {
    const definition = simultaneous([step('a'), step('b')]);
    const plan = await planOf(definition, () => Promise.resolve([...done('a'), ...done('b')]));
    expect(plan.steps.map(({ step: name, after }) => [name, after])).toEqual([
      ['b', []],
      ['a', []],
    ]);
  });

  it('follows a graph backwards', async () => {
    const definition = graph([step('a'), step('b', { dependsOn: ['a'] }), step('c', { dependsOn: ['a'] })]);
    const plan = await planOf(definition, () => Promise.resolve([...done('a'), ...done('b'), ...done('c')]));
    expect(plan.steps.map(({ step: name, after }) => [name, after])).toEqual([
      ['c', []],
      ['b', []],
      ['a', ['c', 'b']],
    ]);
  });

  it('is empty before anything has happened', async () => {
    const plan = await planOf(chain, () => Promise.resolve([event.workerMissing('a')]));
    expect(plan).toMatchObject({
      canUndo: true,
      steps: [],
      words: 'An undo now would find nothing to undo.',
    });
  });

  it('shows that a result is erased', async () => {
    const plan = await planOf(chain, async (seal) => done('a', await seal('a', 'tenant 7')), { erase: true });
    expect(plan.steps).toMatchObject([{ step: 'a', result: null, isErased: true }]);
  });
});

describe('the undo plan of a run that is being undone or was', () => {
  const failed = [...done('a'), ...done('b'), event.dispatched('c'), event.failed('c', { retryable: false })];
  const started = event.undoStarted(['b', 'a'], { failed: 'c' });

  it('says how far each undo is', async () => {
    const plan = await planOf(chain, () =>
      Promise.resolve([
        ...[...failed, started, event.dispatched('b', undoing), event.succeeded('b', undoing)],
        event.dispatched('a', undoing),
      ]),
    );
    expect(brief(plan)).toEqual([
      [1, 'b', 'undone', 'succeeded', []],
      [2, 'a', 'running', 'succeeded', ['b']],
    ]);
    expect(plan).toMatchObject({ canUndo: false, status: 'UNDOING', words: 'The run is being undone.' });
    expect(plan.steps[1]?.attempt).toBe(1);
  });

  it('names what is blocked, and what waits for a worker', async () => {
    const both = simultaneous([step('a'), step('b')], { onUndoFailure: 'continue' });
    const plan = await planOf(both, () =>
      Promise.resolve([
        ...[...done('a'), ...done('b'), event.undoStarted(['b', 'a'], { cause: 'manual' })],
        ...[event.dispatched('b', undoing), event.workerMissing('a', undoing)],
        ...[event.failed('b', undoing), event.blocked('b')],
      ]),
    );
    expect(plan.steps.map(({ step: name, state }) => [name, state])).toEqual([
      ['b', 'blocked'],
      ['a', 'waiting'],
    ]);
    expect(plan.words).toBe('The undo waits for a person to settle b.');
  });

  it('keeps what was skipped and what was done by hand apart', async () => {
    const both = simultaneous([step('a'), step('b')]);
    const plan = await planOf(both, () =>
      Promise.resolve([
        ...[...done('a'), ...done('b'), event.undoStarted(['b', 'a'], { cause: 'manual' })],
        ...[event.dispatched('b', undoing), event.dispatched('a', undoing)],
        ...[event.failed('b', undoing), event.blocked('b'), event.skipped('b')],
        ...[event.failed('a', undoing), event.blocked('a'), event.markedDone('a'), event.undone],
      ]),
    );
    expect(plan.steps.map(({ state }) => state)).toEqual(['skipped', 'marked-done']);
    expect(plan).toMatchObject({ status: 'UNDONE', canUndo: false, words: 'The run was undone.' });
  });

  it.each([
    ['COMPLETED', [...done('a'), ...done('b'), ...done('c'), event.completed], true, 'would undo c, b, a'],
    ['FAILED', [event.noWorker('a'), event.sagaFailed('a')], false, 'had nothing to undo'],
    ['CANCELLED', [event.cancelRequested(false), event.cancelled], false, 'without an undo'],
  ])('says of a run that is %s whether it can be undone', async (status, events, canUndo, words) => {
    const plan = await planOf(chain, () => Promise.resolve(events));
    expect(plan).toMatchObject({ status, canUndo });
    expect(plan.words).toContain(words);
  });
});
