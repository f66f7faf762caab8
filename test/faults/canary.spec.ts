import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { verifyChain } from '../support/verify-chain.ts';
import { streamAnswer } from '../../src/infra/http/routes/schemas.ts';
import { sagaView } from '../../src/projections/saga/read-model.ts';
import { asStored } from '../support/as-stored.ts';
import { filesUnder, findings } from '../support/canary-search.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { refusedStart, startSkald } from '../support/skald-server.ts';

// Several server processes per test, each of which takes a second or two to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const CANARIES = {
  input: 'canary-of-the-input-7Qx1',
  answer: 'canary-of-an-answer-9Zw2',
  undoAnswer: 'canary-of-an-undo-answer-4Kd3',
  error: 'canary-of-an-error-text-2Vb4',
  undoError: 'canary-of-an-undo-error-6Tj6',
  progress: 'canary-of-the-progress-8Rm5',
};

const taken = z.object({
  tasks: z.array(z.object({ stepName: z.string(), action: z.string(), attempt: z.int() })),
});
const ORCHESTRATION = 'plain-name-of-the-orchestration';

/** A run whose second step fails, and whose first undo fails once: every kind of payload there is. */
const playRun = async (address: string): Promise<string> => {
  const url = `${address}/api/orchestration`;
  const retry = { maxRetries: 1, backoffMs: 0 };
  const steps = [
    { name: 'one', seq: 1, objectType: 'thing', retry },
    { name: 'two', seq: 2, objectType: 'thing' },
  ];
  await post(`${url}/register`, { orchName: ORCHESTRATION, as: 'initiator', steps });
  const own = steps.map(({ name }) => ({ name }));
  await post(
    `${url}/register`,
    { orchName: ORCHESTRATION, as: 'worker', steps: own },
    { 'x-service-name': 'service' },
  );
  const started = await post(`${url}/execute/${ORCHESTRATION}`, { secret: CANARIES.input });
  const { flowId } = read(started, z.object({ flowId: z.string() }));

  const answerNext = async (answer: object): Promise<void> => {
    const poll = await post(`${address}/api/v1/tasks/poll`, { service: 'service', waitMs: 10_000 });
    const [task] = read(poll, taken).tasks;
    if (task === undefined) throw new Error('no task came');
    const { stepName, action, attempt } = task;
    const on = { flowId, stepName, action, attempt };
    read(
      await post(`${address}/api/v1/tasks/heartbeat`, { ...on, progress: { at: CANARIES.progress } }),
      z.object({}),
    );
    read(await post(`${address}/api/v1/tasks/responses`, { ...on, ...answer }), z.object({}));
  };
  const success = (text: string) => ({ metadata: { status: 'SUCCESS' }, payload: btoa(text) });
  const failure = (error: string, retryable: boolean) => ({
    metadata: { status: 'FAILED', error, retryable },
  });
  await answerNext(success(CANARIES.answer));
  await answerNext(failure(CANARIES.error, false));
  await answerNext(failure(CANARIES.undoError, true));
  await answerNext(success(CANARIES.undoAnswer));
  return flowId;
};

describe('what a run carries', () => {
  it('is in no file and no log line, and is readable through the API', async () => {
    const dataDir = freshDirectory();
    const server = await startSkald(dataDir, { LOG_LEVEL: 'trace' });
    const flowId = await playRun(server.address);

    const view = read(await call(`${server.address}/api/v1/sagas/${flowId}`), sagaView);
    expect(view.status).toBe('UNDONE');
    expect(view.result).toEqual({ one: btoa(CANARIES.answer) });
    expect(view.steps.map((step) => step.do?.error)).toEqual([null, CANARIES.error]);

    const whileRunning = filesUnder(dataDir);
    await server.kill();
    const afterKill = filesUnder(dataDir);
    const again = await startSkald(dataDir, { LOG_LEVEL: 'trace' });
    expect(await again.stop()).toBe(0);
    const afterStop = filesUnder(dataDir);

    for (const files of [whileRunning, afterKill, afterStop]) {
      // Names are no secret: finding one proves that the search reads what is stored.
      expect(findings(files, [ORCHESTRATION]).length).toBeGreaterThan(0);
      expect(findings(files, Object.values(CANARIES))).toEqual([]);
    }
    const printed = new Map([['output', Buffer.from(server.output() + again.output())]]);
    expect(findings(printed, Object.values(CANARIES))).toEqual([]);
  });

  it('is found by the search in every form it could leak in', () => {
    const { input } = CANARIES;
    const utf16 = Buffer.from(input, 'utf16le');
    const leaks = [
      Buffer.from(`{"secret":"${input}"}`),
      Buffer.from(btoa(`x${input}`)),
      Buffer.from(btoa(`xy${input}y`)),
      Buffer.from(Buffer.from(input).toString('base64url')),
      Buffer.from(Buffer.from(`{${input}}`).toString('hex').toUpperCase()),
      utf16,
      Buffer.from(utf16).swap16(),
    ];
    const files = new Map(leaks.map((bytes, index) => [`leak ${String(index)}`, bytes]));
    expect(findings(files, [input])).toHaveLength(leaks.length);
  });

  it('cannot be served without the master key it was written under', async () => {
    const dataDir = freshDirectory();
    const server = await startSkald(dataDir);
    await playRun(server.address);
    expect(await server.stop()).toBe(0);
    const { exitCode, output } = await refusedStart({ DATA_DIR: dataDir, MASTER_KEY: 'ab'.repeat(32) });
    expect(exitCode).toBe(78);
    expect(output).toMatch(/master key/i);
  });
});

describe('the events of a run, as the API gives them', () => {
  it('recompute to their hashes, and not with one bit changed', async () => {
    const server = await startSkald(freshDirectory());
    const flowId = await playRun(server.address);
    const page = await call(`${server.address}/api/v1/streams/saga-${flowId}?limit=1000`);
    const { items: answered, head } = read(page, streamAnswer);
    const items = answered.map(asStored);
    expect(items.map(({ type }) => type)).toContain('SagaUndone');
    expect(verifyChain(items)).toEqual({ kind: 'intact', revision: head, hash: items.at(-1)?.hash });
    const changed = items.map((event) =>
      event.type === 'StepFailed' ? { ...event, type: 'StepSucceeded' } : event,
    );
    expect(verifyChain(changed).kind).toBe('broken');
  });
});
