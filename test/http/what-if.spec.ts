import { describe, expect, it } from 'vitest';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import type { QueryDeps } from '../../src/queries/queries.ts';
import { whatIf } from '../../src/queries/what-if/what-if.ts';
import { flowAt, logReaderOf, queriesOver } from '../support/read-models.ts';
import { fail, sequential, step, succeed } from '../support/saga-builders.ts';
import type { Told } from '../support/recorded-run.ts';
import { logOfRuns, registrationOf } from '../support/what-if-log.ts';
import { guardedEdge, headersFor } from './auth-edge.ts';
import { cursor, edge, JSON_TYPE, positionOf } from './edge.ts';
import { each } from './read-edge.ts';

const ok =
  (name: string): Told =>
  (known) =>
    succeed(name, known);
const ab = sequential([step('a'), step('b')]);
const definition = registrationOf(ab);
const inserted = registrationOf(sequential([step('a'), step('c'), step('b')]));
const appended = registrationOf(sequential([step('a'), step('b'), step('c')]));
/** The first one has ended; the second one is at its second step, the others are at their first. */
const log = logOfRuns(ab, [ok('a'), ok('b')], [ok('a')], [], []);
const ENDED = flowAt(1);

const world = async (deps: Partial<QueryDeps> = {}) => {
  const { queries } = await queriesOver(log, deps);
  const app = await edge({}, { queries });
  return async (body: object, query: Record<string, string> = {}) => {
    const request = { method: 'POST', url: '/api/v1/what-if', headers: JSON_TYPE, query } as const;
    const response = await app.inject({ ...request, payload: JSON.stringify(body) });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
  };
};

describe('POST /api/v1/what-if about one run', () => {
  it('finds nothing different under the definition it was made under', async () => {
    const ask = await world();
    const { status, body } = await ask({ definition, flowId: ENDED });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      items: [
        {
          ...{ flowId: ENDED, orchName: 'tenant', status: 'COMPLETED', decidedStatus: 'COMPLETED' },
          ...{ definitionVersion: 1, verdict: null, firstDivergence: null, differencesTotal: 0 },
          ...{ differences: [], why: [], refused: [], assumed: [] },
        },
      ],
      counts: { compatible: 0, needsMapping: 0, stuck: 0, ended: 1 },
    });
    expect(cursor.decode(String(body['position'])).kind).toBe('ok');
  });

  it('says where the histories part, what differs, and what was assumed', async () => {
    const ask = await world();
    const { body } = await ask({ definition: inserted, flowId: ENDED, results: { c: 'success' } });
    expect(body).toMatchObject({
      items: [
        {
          firstDivergence: {
            revision: 3,
            words: 'Revision 3 is StepDispatched do b attempt 1; it would be StepWaiting do c',
          },
          steps: { newlyRun: [], skipped: ['b'] },
        },
      ],
    });
  });

  it('takes the supplied outcome of what was never recorded', async () => {
    const undone: Told = (known) => succeed('a', known, { action: 'undo' });
    const failed: Told = (known) => fail('b', known);
    const told = [ok('a'), failed, undone];
    const ask = await world({ log: logReaderOf(logOfRuns(ab, told)) });
    const retried = registrationOf(sequential([step('a'), step('b', { retry: { maxRetries: 1 } })]));
    const asked = { definition: retried, flowId: ENDED };
    const [better, same] = [await ask(asked), await ask({ ...asked, results: { b: 'failure' } })];
    const attempt = { step: 'b', action: 'do', attempt: 2 };
    expect(better.body).toMatchObject({
      items: [{ decidedStatus: 'COMPLETED', assumed: [{ ...attempt, outcome: 'success' }] }],
    });
    expect(same.body).toMatchObject({
      items: [{ decidedStatus: 'UNDONE', assumed: [{ ...attempt, outcome: 'failure' }] }],
    });
  });

  it('answers 404 for an unknown run, 409 for one of another orchestration', async () => {
    const ask = await world();
    const unknown = await ask({ definition, flowId: flowAt(99) });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'unknown_run' } });
    const other = await ask({ definition: { ...definition, orchName: 'other' }, flowId: ENDED });
    expect(other).toMatchObject({ status: 409, body: { code: 'definition_mismatch' } });
  });

  it('refuses a position that is none', async () => {
    const ask = await world();
    const answer = await ask({ definition, flowId: ENDED }, { minPosition: 'forged' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad_cursor' } });
  });
});

describe('POST /api/v1/what-if about all runs', () => {
  it('judges those that have not ended, with a verdict for each', async () => {
    const ask = await world();
    const { status, body } = await ask({ definition: inserted, all: true });
    expect(status).toBe(200);
    expect(each({ status, body }, 'flowId')).toEqual([flowAt(2), flowAt(3), flowAt(4)]);
    expect(each({ status, body }, 'verdict')).toEqual(['stuck', 'stuck', 'stuck']);
    expect(body['counts']).toEqual({ compatible: 0, needsMapping: 0, stuck: 3, ended: 0 });
    const same = await ask({ definition, all: true });
    expect(same.body['counts']).toEqual({ compatible: 3, needsMapping: 0, stuck: 0, ended: 0 });
  });

  it('goes on page by page, under the same definition only', async () => {
    const ask = await world();
    const first = await ask({ definition, all: true, limit: 2 });
    expect(each(first, 'flowId')).toEqual([flowAt(2), flowAt(3)]);
    const { nextCursor } = first.body;
    const second = await ask({ definition, all: true, limit: 2, cursor: nextCursor });
    expect(each(second, 'flowId')).toEqual([flowAt(4)]);
    expect(second.body).not.toHaveProperty('nextCursor');
    const other = await ask({ definition: appended, all: true, limit: 2, cursor: nextCursor });
    expect(other).toMatchObject({ status: 400, body: { code: 'bad_cursor' } });
  });

  it('ends a page early where its runs are long, and loses none', async () => {
    const { readStore } = await queriesOver(log);
    const { whatIfOfLive } = whatIf({ log: logReaderOf(log), readStore }, 3);
    const { orchName, type, onUndoFailure, steps } = registrationOf(ab);
    const candidate = { type, onUndoFailure, steps };
    const seen: string[] = [];
    let after: { readonly value: string | number | boolean | null; readonly id: string } | undefined;
    for (let page = 0; page < 3; page += 1) {
      const asked = {
        sort: { field: 'startedAt', direction: 'asc' },
        limit: 500,
        ...(after && { after }),
      } as const;
      const found = await whatIfOfLive({ orchName, candidate, results: {} }, asked);
      if ('kind' in found) expect.fail(found.detail);
      seen.push(...found.items.map(({ flowId }) => flowId));
      after = found.next;
      if (after === undefined) break;
    }
    expect(seen).toEqual([flowAt(2), flowAt(3), flowAt(4)]);
    expect(after).toBeUndefined();
  });

  it('ends a page with the run it is at when its time is over', async () => {
    const { readStore } = await queriesOver(log);
    const { whatIfOfLive } = whatIf({ log: logReaderOf(log), readStore });
    const { orchName, type, onUndoFailure, steps } = registrationOf(ab);
    const asked = { orchName, candidate: { type, onUndoFailure, steps }, results: {} };
    const page = { sort: { field: 'startedAt', direction: 'asc' }, limit: 500 } as const;
    const found = await whatIfOfLive(asked, page, undefined, AbortSignal.abort());
    if ('kind' in found) expect.fail(found.detail);
    expect(found.items.map(({ flowId }) => flowId)).toEqual([flowAt(2)]);
    expect(found.next?.id).toBe(flowAt(2));
  });

  it('names runs that it cannot read, and judges the others', async () => {
    const odd = log.map((event) =>
      event.stream === `saga-${flowAt(3)}` && event.revision > 0 ? { ...event, type: 'SagaSang' } : event,
    );
    const ask = await world({ log: logReaderOf(odd) });
    const answer = await ask({ definition, all: true });
    expect(each(answer, 'flowId')).toEqual([flowAt(2), flowAt(4)]);
    expect(answer.body).toMatchObject({ unreadable: [flowAt(3)], counts: { compatible: 2 } });
    const alone = await ask({ definition, flowId: flowAt(3) });
    expect(alone).toMatchObject({ status: 200, body: { items: [], unreadable: [flowAt(3)] } });
    expect(cursor.decode(String(alone.body['position'])).kind).toBe('ok');
  });

  it('names runs that are damaged, and judges the others; one that is asked about alone is refused', async () => {
    const reader = logReaderOf(log);
    const damaged = `saga-${flowAt(3)}`;
    const ask = await world({
      log: {
        ...reader,
        readStream: (stream, options) =>
          stream === damaged
            ? Promise.reject(new LogDamaged(stream, 1, 'the hash does not match'))
            : reader.readStream(stream, options),
      },
    });
    const answer = await ask({ definition, all: true });
    expect(each(answer, 'flowId')).toEqual([flowAt(2), flowAt(4)]);
    expect(answer.body).toMatchObject({ unreadable: [flowAt(3)], counts: { compatible: 2 } });
    const alone = await ask({ definition, flowId: flowAt(3) });
    expect(alone).toMatchObject({ status: 500, body: { code: 'integrity' } });
  });

  it('waits for what it is to reflect', async () => {
    const ask = await world({ reached: () => Promise.resolve(false) });
    const far = cursor.encode(positionOf(9_000_000));
    const answer = await ask({ definition, all: true }, { minPosition: far });
    expect(answer).toMatchObject({ status: 503, body: { code: 'behind' } });
  });
});

describe('POST /api/v1/what-if', () => {
  it.each([
    [{ flowId: ENDED, all: true }, ''],
    [{}, ''],
    [{ flowId: 'none' }, '/flowId'],
    [{ all: false }, '/all'],
    [{ all: true, limit: 501 }, '/limit'],
    [{ all: true, results: { a: 'maybe' } }, '/results/a'],
    [{ all: true, results: { c: 'failure' } }, '/results/c'],
    [{ flowId: ENDED, results: { a: 'failure', d: 'failure' } }, '/results/d'],
    [{ all: true, definition: { ...definition, steps: [{}] } }, '/definition/steps/0/name'],
    [{ all: true, asOf: 'now' }, '/asOf'],
  ])('refuses %j', async (body, pointer) => {
    const ask = await world();
    const answer = await ask({ definition, ...body });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', errors: [{ in: 'body', pointer }] },
    });
  });

  it.each([
    ['invalid_role', { as: 'worker' }, '/definition/as'],
    ['no_steps', { steps: [] }, '/definition/steps'],
    ['duplicate_step', { steps: [definition.steps[0], definition.steps[0]] }, '/definition/steps/1/name'],
  ])('refuses with %s what no initiator could register', async (code, part, pointer) => {
    const ask = await world();
    for (const which of [{ all: true }, { flowId: ENDED }]) {
      const answer = await ask({ definition: { ...definition, ...part }, ...which });
      expect(answer).toMatchObject({ status: 400, body: { code, errors: [{ in: 'body', pointer }] } });
    }
  });

  it('is there for whoever may read runs, and shows a service its own only', async () => {
    const { queries } = await queriesOver(log);
    const app = await guardedEdge({}, { queries });
    const ask = async (
      subject: string,
      role: 'viewer' | 'auditor' | 'operator' | 'service',
      body: object,
    ) => {
      const headers = { ...(await headersFor(subject, [role])), ...JSON_TYPE };
      const payload = JSON.stringify({ definition, ...body });
      const response = await app.inject({ method: 'POST', url: '/api/v1/what-if', headers, payload });
      return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
    };
    for (const role of ['viewer', 'auditor', 'operator'] as const)
      expect(each(await ask('someone', role, { all: true }), 'flowId')).toHaveLength(3);
    expect(each(await ask('erik', 'service', { all: true }), 'flowId')).toHaveLength(3);
    expect(each(await ask('other', 'service', { all: true }), 'flowId')).toEqual([]);
    expect((await ask('erik', 'service', { flowId: ENDED })).status).toBe(200);
    const foreign = await ask('other', 'service', { flowId: ENDED });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'unknown_run' } });
  });
});
