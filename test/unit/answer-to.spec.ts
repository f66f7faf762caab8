import { describe, expect, it } from 'vitest';
import { answerTo } from '../../src/infra/http/error-handler.ts';
import { problem } from '../../src/infra/http/problem-details.ts';

const failed = (code: string) => Object.assign(new Error(code), { code });

describe('a failure for want of a file or a thread', () => {
  it.each(['EMFILE', 'ENFILE', 'ERR_WORKER_INIT_FAILED'])(
    'is busy to a caller, and in the log: %s',
    (code) => {
      expect(answerTo(failed(code))).toMatchObject({ problem: { code: 'busy', status: 503 }, isOurs: true });
    },
  );

  it('is not for the log where a request was turned away on purpose', () => {
    expect(answerTo(problem('busy', 'too many large requests are under way')).isOurs).toBe(false);
  });

  it('is no other failure', () => {
    expect(answerTo(failed('EACCES'))).toMatchObject({ problem: { code: 'internal' }, isOurs: true });
  });
});
