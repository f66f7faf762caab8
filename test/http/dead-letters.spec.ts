import { describe, expect, it } from 'vitest';
import type { LetterView } from '../../src/projections/dead-letters/read-model.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import * as letter from '../support/letters.ts';
import { logOf, queriesOver, timeAt } from '../support/read-models.ts';
import { cursor, done, edge, JSON_TYPE, positionOf } from './edge.ts';

const ID = letter.letterAt(1);
const REDRIVE = letter.redriveAt(1);
const PATH = `/api/v1/dead-letters/${ID}`;

const view: LetterView = {
  ...{ id: ID, state: 'parked', bus: 'bus-1', topic: 't', partition: 0, offset: '7', recordAt: timeAt(0) },
  ...{ code: 'malformed_json', detail: 'd', pointer: null, fingerprint: letter.hashOf('f'), flowId: null },
  ...{
    instanceId: null,
    sequence: null,
    behind: null,
    size: 1,
    truncated: [],
    edition: 1,
    tries: 0,
    redriveId: null,
  },
  ...{ outcome: null, parkedAt: timeAt(0), updatedAt: timeAt(0), closedAt: null, revision: 4 },
  position: positionOf(9),
  key: null,
  value: { encoding: 'text', data: 'x' },
  headers: [],
  editions: [
    {
      ...{ edition: 1, at: timeAt(0), by: 'erik', reason: 'r', size: 1 },
      value: { encoding: 'text', data: 'x' },
      diff: [{ kind: 'added', text: 'x' }],
    },
  ],
  history: [],
};

const post = async (
  some: Partial<Handlers>,
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
) => {
  const app = await edge(some);
  const answer = await app.inject({
    method: 'POST',
    url,
    headers: { ...JSON_TYPE, ...headers },
    payload: JSON.stringify(body),
  });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), headers: answer.headers };
};

describe('GET /api/v1/dead-letters/{letterId}', () => {
  it('shows a letter with its content, tagged with its revision', async () => {
    const app = await edge({ getLetter: (id) => Promise.resolve(id === ID ? view : undefined) });
    const answer = await app.inject(
      PATH.toUpperCase().replace('/API/V1/DEAD-LETTERS', '/api/v1/dead-letters'),
    );
    expect(answer.headers['etag']).toBe('"4"');
    expect(answer.json()).toEqual({ ...view, position: cursor.encode(positionOf(9)) });
    const same = await app.inject({ url: PATH, headers: { 'if-none-match': '"4"' } });
    expect(same.statusCode).toBe(304);
  });

  it('does not know every letter', async () => {
    const app = await edge({ getLetter: () => Promise.resolve(undefined) });
    const answer = await app.inject(PATH);
    expect([answer.statusCode, answer.json()]).toMatchObject([404, { code: 'unknown_letter' }]);
    expect((await app.inject('/api/v1/dead-letters/x')).statusCode).toBe(400);
  });
});

describe('POST /api/v1/dead-letters/{letterId}/redrive', () => {
  it.each([
    [{}, { perSecond: 50 }],
    [
      { perSecond: 7, reason: 'fixed' },
      { perSecond: 7, reason: 'fixed' },
    ],
  ])('selects the letter for %j', async (body, input) => {
    const asked: unknown[] = [];
    const redriveLetter: Handlers['redriveLetter'] = (on, how) => {
      asked.push([on, how]);
      return Promise.resolve(done({ redriveId: REDRIVE }));
    };
    const answer = await post({ redriveLetter }, `${PATH}/redrive`, body);
    expect(answer).toMatchObject({
      ...{ status: 200, body: { status: 'SUCCESS', redriveId: REDRIVE } },
    });
    expect(asked).toEqual([[{ letterId: ID }, input]]);
  });

  it.each(['letter_closed', 'letter_truncated'])('answers %s with 409', async (code) => {
    const refusal = { kind: 'rejected', code, detail: 'no' } as const;
    const answer = await post({ redriveLetter: () => Promise.resolve(refusal) }, `${PATH}/redrive`, {});
    expect(answer).toMatchObject({ status: 409, body: { code } });
  });

  it.each([{ perSecond: 0 }, { perSecond: 1001 }, { perSecond: '5' }, { reason: '' }, { ids: [] }])(
    'refuses %j',
    async (body) => {
      const answer = await post({}, `${PATH}/redrive`, body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    },
  );

  it('insists on the revision that If-Match names', async () => {
    const asked: unknown[] = [];
    const redriveLetter: Handlers['redriveLetter'] = (on) => {
      asked.push(on);
      return Promise.resolve({ kind: 'rejected', code: 'precondition_failed', detail: 'moved on' });
    };
    const answer = await post({ redriveLetter }, `${PATH}/redrive`, {}, { 'if-match': '"4"' });
    expect(answer).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    await post({ redriveLetter }, `${PATH}/redrive`, {}, { 'if-match': '*' });
    expect(asked).toEqual([{ letterId: ID, revision: 4 }, { letterId: ID }]);
  });

  it.each(['4', 'W/"4"', '"x"', '"1","2"', ''])('refuses If-Match: %s', async (tag) => {
    const answer = await post({}, `${PATH}/redrive`, {}, { 'if-match': tag });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_header' } });
  });
});

describe('POST /api/v1/dead-letters/redrive', () => {
  const log = logOf(
    [`deadletter-${letter.letterAt(1)}`, letter.parked()],
    [`deadletter-${letter.letterAt(2)}`, letter.parked()],
    [`deadletter-${letter.letterAt(2)}`, letter.discarded],
  );
  const redrive = async (body: object) => {
    const asked: unknown[] = [];
    const redriveLetters: Handlers['redriveLetters'] = (ids, how) => {
      asked.push([ids, how]);
      const value = { redriveId: REDRIVE, selected: ids.length, skipped: {} };
      return Promise.resolve(done(value));
    };
    const { queries } = await queriesOver(log);
    const app = await edge({ redriveLetters }, { queries });
    const url = '/api/v1/dead-letters/redrive';
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: JSON_TYPE,
      payload: JSON.stringify(body),
    });
    const { location } = answer.headers;
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), asked, location };
  };

  it('selects the letters named', async () => {
    const ids = [letter.letterAt(2), letter.letterAt(1), letter.letterAt(2)];
    const answer = await redrive({ ids, perSecond: 5 });
    expect(answer.body).toMatchObject({ redriveId: REDRIVE, selected: 2, skipped: {}, isCut: false });
    expect(answer.location).toBe(`/api/v1/dead-letters/redrives/${REDRIVE}`);
    expect(answer.asked).toEqual([[[letter.letterAt(2), letter.letterAt(1)], { perSecond: 5 }]]);
  });

  it.each([[{ fingerprint: letter.hashOf('f') }], [{ filter: { code: 'malformed_json' } }]])(
    'selects what is parked of %j',
    async (which) => {
      const { asked } = await redrive({ ...which, reason: 'fixed' });
      expect(asked).toEqual([[[letter.letterAt(1)], { perSecond: 50, reason: 'fixed' }]]);
    },
  );

  it('changes nothing in a dry run', async () => {
    const { body, asked } = await redrive({ filter: {}, dryRun: true });
    expect(asked).toEqual([]);
    expect(body).toMatchObject({ letters: 1, order: { following: 0, heldUp: 0 } });
  });

  // In UTC it is year 10000: as a text it would come before every other time, and select every letter there is.
  it('refuses a time whose year has not four digits', async () => {
    const { status, body } = await post({}, '/api/v1/dead-letters/redrive', {
      filter: { from: '9999-12-31T23:59:59-05:00' },
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'invalid_input',
      errors: [{ in: 'body', pointer: '/filter/from', detail: 'must be between 1970 and 9999' }],
    });
  });

  it.each([{}, { filter: {}, fingerprint: letter.hashOf('f') }, { filter: {}, dryRun: 'yes' }])(
    'refuses %j',
    async (body) => {
      expect(await redrive(body)).toMatchObject({ status: 400, body: { code: 'invalid_input' }, asked: [] });
    },
  );
});

describe('POST /api/v1/dead-letters/{letterId}/edit', () => {
  it('answers with the edition and what changed', async () => {
    const editLetter: Handlers['editLetter'] = () => Promise.resolve(done({ edition: 1 }));
    const getLetter = () => Promise.resolve(view);
    const answer = await post({ editLetter, getLetter }, `${PATH}/edit`, { text: 'x', reason: 'r' });
    expect(answer).toMatchObject({
      ...{ status: 200, body: { edition: 1, diff: [{ kind: 'added', text: 'x' }] } },
    });
  });

  it('takes a value as long as a letter keeps, and none that is longer', async () => {
    const editLetter: Handlers['editLetter'] = () => Promise.resolve(done({ edition: 1 }));
    const getLetter = () => Promise.resolve(undefined);
    const most = Buffer.alloc(256 * 1024).toString('base64');
    const edit = (base64: string) => post({ editLetter, getLetter }, `${PATH}/edit`, { base64, reason: 'r' });
    expect(await edit(most)).toMatchObject({ status: 200, body: { edition: 1, diff: null } });
    expect(await edit(`${most.slice(0, -4)}AAAA`)).toMatchObject({ status: 400 });
  });

  it.each([
    [{ text: 'x' }],
    [{ reason: 'r' }],
    [{ text: 'x', base64: 'eA==', reason: 'r' }],
    [{ base64: '%', reason: 'r' }],
    [{ text: 'x', reason: '' }],
    [{ text: 'x', reason: 'r', force: true }],
  ])('refuses %j', async (body) => {
    const answer = await post({}, `${PATH}/edit`, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });

  it.each([
    ['invalid_letter', 400],
    ['letter_redriving', 409],
    ['letter_changed', 409],
    ['too_large', 413],
  ])('answers %s with %i', async (code, status) => {
    const editLetter: Handlers['editLetter'] = () =>
      Promise.resolve({ kind: 'rejected', code, detail: 'no' });
    const answer = await post({ editLetter }, `${PATH}/edit`, { text: 'x', reason: 'r' });
    expect(answer).toMatchObject({ status, body: { code } });
  });
});

describe('POST /api/v1/dead-letters/{letterId}/discard', () => {
  it('closes the letter, and says where a repeated call came from', async () => {
    const asked: unknown[] = [];
    const discardLetter: Handlers['discardLetter'] = (on, input) => {
      asked.push([on, input]);
      return Promise.resolve(done(null, { replayed: true }));
    };
    const answer = await post({ discardLetter }, `${PATH}/discard`, { reason: 'r' }, { 'if-match': '"0"' });
    expect(answer).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(asked).toEqual([[{ letterId: ID, revision: 0 }, { reason: 'r' }]]);
  });

  it.each([{}, { reason: '' }])('refuses %j', async (body) => {
    expect(await post({}, `${PATH}/discard`, body)).toMatchObject({ status: 400 });
  });
});
