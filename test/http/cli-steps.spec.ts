import { describe, expect, it } from 'vitest';
import type { Refusal, Unblocked } from '../../src/infra/projector/port.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { done, edge, FLOW } from './edge.ts';

describe('skald saga skip and complete', () => {
  it.each(['skip', 'complete'] as const)('%s a blocked step with a reason', async (verb) => {
    const asked: unknown[] = [];
    const steered = (...[flowId, step, input]: readonly unknown[]) => {
      asked.push([flowId, step, input]);
      return Promise.resolve(done(null));
    };
    const app = await edge(verb === 'skip' ? { skipStep: steered } : { completeStep: steered });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const ran = await runInProcess(['saga', verb, FLOW, 'send-mail', '--reason', 'they left'], { url });
    expect(ran).toMatchObject({ exitCode: 0, stderr: '', asked: [] });
    expect(ran.stdout).toMatch(new RegExp(`^${FLOW} +accepted`, 'm'));
    expect(asked).toEqual([[FLOW, 'send-mail', { reason: 'they left' }]]);
  });

  it('say so where the step is not blocked', async () => {
    const refusal = { kind: 'rejected', code: 'step_not_blocked', detail: 'it is not' } as const;
    const app = await edge({ skipStep: () => Promise.resolve(refusal) });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const ran = await runInProcess(['saga', 'skip', FLOW, 'send-mail', '--reason', 'r'], { url });
    expect(ran).toMatchObject({ exitCode: 4, stdout: '' });
  });
});

describe('skald saga cancel of several', () => {
  it('shows what was accepted where the server goes away while it waits, and does not try the rest', async () => {
    const asked: unknown[] = [];
    let cut = (): void => undefined;
    const app = await edge({
      cancelSaga: (flowId) => {
        asked.push(flowId);
        return Promise.resolve(done(null));
      },
      getSaga: () => {
        cut();
        return Promise.resolve(undefined);
      },
    });
    cut = () => app.server.closeAllConnections();
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const other = FLOW.replace(/2$/, '3');
    const ran = await runInProcess(['saga', 'cancel', FLOW, other, '--yes', '--wait', '5'], { url });
    expect(ran.exitCode).toBe(6);
    expect(ran.stdout).toMatch(new RegExp(`^${FLOW} +accepted +- +cannot reach Skald`, 'm'));
    expect(ran.stderr).toContain('1 of 2 did not go as asked');
    expect(asked).toEqual([FLOW]);
  });
});

describe('skald projections unblock', () => {
  const unblocking = async (answer: Unblocked | Refusal) => {
    const unexpected = () => Promise.reject(new Error('not expected'));
    const asked: unknown[] = [];
    const app = await edge(
      {},
      {
        projector: {
          ...{ status: unexpected, rebuild: unexpected, verify: unexpected, rollback: unexpected },
          unblock: (...given) => {
            asked.push(given);
            return Promise.resolve(answer);
          },
        },
      },
    );
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    return { asked, ran: await runInProcess(['projections', 'unblock', 'sagas', FLOW], { url }) };
  };

  it('folds the parked events of a document again', async () => {
    const { asked, ran } = await unblocking({ kind: 'unblocked' });
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toMatch(new RegExp(`^DOCUMENT +${FLOW}$`, 'm'));
    expect(asked).toEqual([['sagas', FLOW]]);
  });

  it('exits 1 where the document is blocked still', async () => {
    const { ran } = await unblocking({ kind: 'still-blocked', reason: 'as before', type: 'StepSent' });
    expect(ran).toMatchObject({ exitCode: 1, stderr: 'skald: still blocked at StepSent: as before\n' });
  });

  it('says so where the document is not blocked', async () => {
    const refusal = { kind: 'refused', code: 'document_not_blocked', detail: 'it is not' } as const;
    expect((await unblocking(refusal)).ran).toMatchObject({ exitCode: 4, stdout: '' });
  });
});
