// What the command line exits with for each code that the server may refuse with.
import { describe, expect, it } from 'vitest';
import { inOneLine, refusal } from '../../../src/infra/cli/errors.ts';
import { CLI_EXIT } from '../../../src/infra/cli/exit-codes.ts';
import { statusOf } from '../../../src/infra/http/problem-details.ts';

const { failure, usage, notFound, conflict } = CLI_EXIT;
const EXIT_OF: Readonly<Record<number, number>> = {
  ...{ 400: usage, 413: usage, 414: usage, 404: notFound },
  ...{ 409: conflict, 410: conflict, 412: conflict, 422: conflict },
};
/** Nothing is served there at all. */
const NOTHING_THERE: readonly string[] = ['not_found', 'not_served_here'];

describe('a refusal', () => {
  it.each(Object.entries(statusOf))('%s (HTTP %i) has the exit code of its kind', (code, status) => {
    const { exit, details } = refusal(status, JSON.stringify({ code, status, detail: 'no' }));
    expect(exit).toBe(NOTHING_THERE.includes(code) ? failure : (EXIT_OF[status] ?? failure));
    expect(details).toContain(`code        ${code} (HTTP ${status})`);
  });

  it('is told in one line where there is one line for it', () => {
    const error = refusal(409, JSON.stringify({ code: 'busy', detail: 'no', requestId: 'r1' }));
    expect(inOneLine(error)).toBe('no; code busy (HTTP 409); request id r1');
  });

  it('says nothing twice', () => {
    const errors = ['is no time', 'is before 1970'].map((detail) => ({
      in: 'query',
      pointer: '/from',
      detail,
    }));
    const given = { code: 'invalid_input', detail: 'query/from: is no time', errors };
    expect(refusal(400, JSON.stringify(given)).details).toEqual([
      'query /from: is before 1970',
      'code        invalid_input (HTTP 400)',
    ]);
  });

  it('of something else in its place is a failure', () => {
    expect(refusal(404, '<html>').exit).toBe(failure);
  });
});
