import { describe, expect, it } from 'vitest';
import type { WorkerTask } from '../../src/commands/task/worker-task.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { cursor, edge, FLOW, JSON_TYPE, positionOf } from './edge.ts';
import { listen, openRaw } from './raw-client.ts';

const task: WorkerTask = {
  flowId: FLOW,
  orchName: 'tenant',
  stepName: 'create',
  action: 'DO',
  attempt: 1,
  effectId: FLOW,
  payload: 'aGk=',
  results: {},
  deadline: '2026-01-01T00:01:00.000Z',
  leaseUntil: '2026-01-01T00:00:30.000Z',
};
const POLL = { service: 'billing', waitMs: 30_000, max: 5 };
const answer = { flowId: FLOW, stepName: 'create', action: 'DO', metadata: { status: 'SUCCESS' } };

const pollBytes = (body: object) => {
  const text = JSON.stringify(body);
  return `POST /api/v1/tasks/poll HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
};

/** A core whose poll waits until the test hands it tasks, or until its signal aborts. */
const waitingCore = () => {
  const polled = Promise.withResolvers<AbortSignal>();
  const tasks = Promise.withResolvers<readonly WorkerTask[]>();
  const released = Promise.withResolvers<readonly WorkerTask[]>();
  const pollTasks: Handlers['pollTasks'] = (_input, signal) => {
    polled.resolve(signal);
    return tasks.promise;
  };
  const releaseTasks: Handlers['releaseTasks'] = (given) => {
    released.resolve(given);
    return Promise.resolve();
  };
  return {
    polled: polled.promise,
    hand: tasks.resolve,
    released: released.promise,
    handlers: { pollTasks, releaseTasks },
  };
};
const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener('abort', () => {
        resolve();
      });
  });

describe('POST /api/v1/tasks/poll', () => {
  it('answers with the tasks', async () => {
    const inputs: unknown[] = [];
    const pollTasks: Handlers['pollTasks'] = (input) => {
      inputs.push(input);
      return Promise.resolve([task]);
    };
    const app = await edge({ pollTasks });
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/tasks/poll',
      payload: { service: 'billing' },
    });
    expect(response.json()).toEqual({ tasks: [task] });
    expect(inputs).toEqual([{ service: 'billing', max: 1, waitMs: 0 }]);
  });

  it('keeps delivered tasks with their worker', async () => {
    const core = waitingCore();
    const app = await edge(core.handlers);
    const port = await listen(app);
    const connection = openRaw(port, pollBytes(POLL));
    core.hand([task]);
    await connection.until(/leaseUntil/);
    connection.socket.destroy();
    await connection.all;
    await app.close();
    const outcome = await Promise.race([core.released, Promise.resolve('kept')]);
    expect(outcome).toBe('kept');
  });

  it('ends the wait when the worker goes away, and puts its tasks back', async () => {
    const core = waitingCore();
    const app = await edge(core.handlers);
    const connection = openRaw(await listen(app), pollBytes(POLL));
    const signal = await core.polled;
    connection.socket.destroy();
    await aborted(signal);
    core.hand([task]);
    expect(await core.released).toEqual([task]);
  });

  it('ends the wait when the server shuts down, and answers before it is gone', async () => {
    const pollTasks: Handlers['pollTasks'] = async (_input, signal) => {
      polled.resolve(undefined);
      await aborted(signal);
      return [];
    };
    const polled = Promise.withResolvers<undefined>();
    const app = await edge({ pollTasks });
    const connection = openRaw(await listen(app), pollBytes(POLL));
    await polled.promise;
    await app.close();
    expect(await connection.all).toMatch(/^HTTP\/1\.1 200 [^]*\{"tasks":\[\]\}$/);
  });

  it.each([
    [{ ...POLL, waitMs: 30_001 }, '/waitMs'],
    [{ ...POLL, max: 0 }, '/max'],
    [{ ...POLL, service: 'a b' }, '/service'],
    [{ ...POLL, steps: ['ok', '-'] }, '/steps/1'],
    [{ ...POLL, steps: [] }, '/steps'],
    [{}, '/service'],
  ])('refuses %j', async (payload, pointer) => {
    const app = await edge();
    const response = await app.inject({ method: 'POST', url: '/api/v1/tasks/poll', payload });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid_input', errors: [{ in: 'body', pointer }] });
  });
});

describe('POST /api/v1/tasks/responses', () => {
  const url = '/api/v1/tasks/responses';
  const answerTasks: Handlers['answerTasks'] = (answers) =>
    Promise.resolve(
      answers.map(({ flowId, stepName }, index) =>
        index === 0
          ? { flowId, stepName, outcome: 'accepted', position: positionOf(2) }
          : { flowId, stepName, outcome: 'unknown_run' },
      ),
    );

  it('takes one answer or many, and answers each in order', async () => {
    const app = await edge({ answerTasks });
    const one = await app.inject({ method: 'POST', url, payload: answer });
    const many = await app.inject({
      method: 'POST',
      url,
      payload: [answer, { ...answer, stepName: 'mail' }],
    });
    const accepted = {
      flowId: FLOW,
      stepName: 'create',
      outcome: 'accepted',
      position: cursor.encode(positionOf(2)),
    };
    expect(one.json()).toEqual({ results: [accepted] });
    expect(many.json()).toEqual({
      results: [accepted, { flowId: FLOW, stepName: 'mail', outcome: 'unknown_run' }],
    });
  });

  it('takes the largest payload there may be', async () => {
    const app = await edge({ answerTasks });
    const payload = Buffer.alloc(256 * 1024).toString('base64');
    const response = await app.inject({ method: 'POST', url, payload: { ...answer, payload } });
    expect(response.statusCode).toBe(200);
  });

  it.each([
    [{ ...answer, metadata: { status: 'DONE' } }, '/metadata/status'],
    [[answer, { ...answer, action: 'REDO' }], '/1/action'],
    [{ ...answer, payload: '***' }, '/payload'],
    [{ ...answer, attempt: 0 }, '/attempt'],
  ])('names the field that is wrong in %j', async (payload, pointer) => {
    const app = await edge();
    const response = await app.inject({ method: 'POST', url, payload });
    expect(response.json()).toMatchObject({ status: 400, errors: [{ in: 'body', pointer }] });
  });

  it('refuses no answer and more than 500', async () => {
    const app = await edge();
    for (const payload of [[], Array.from({ length: 501 }, () => answer)]) {
      expect((await app.inject({ method: 'POST', url, payload })).statusCode).toBe(400);
    }
  });
});

describe('POST /api/v1/tasks/heartbeat', () => {
  const url = '/api/v1/tasks/heartbeat';
  const beat = { flowId: FLOW, stepName: 'create', action: 'DO', attempt: 1 };
  const heartbeatTasks: Handlers['heartbeatTasks'] = (beats) =>
    Promise.resolve(beats.map(({ flowId, stepName }) => ({ flowId, stepName, outcome: 'lost' as const })));

  it('answers each heartbeat in order', async () => {
    const app = await edge({ heartbeatTasks });
    const response = await app.inject({
      method: 'POST',
      url,
      payload: [{ ...beat, progress: { done: [1] } }, beat],
    });
    const lost = { flowId: FLOW, stepName: 'create', outcome: 'lost' };
    expect(response.json()).toEqual({ results: [lost, lost] });
  });

  it('takes progress of at most 4 KiB', async () => {
    const app = await edge({ heartbeatTasks });
    const sized = (length: number) =>
      app.inject({ method: 'POST', url, payload: { ...beat, progress: 'x'.repeat(length) } });
    expect((await sized(4094)).statusCode).toBe(200);
    const refused = await sized(4095);
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({ code: 'invalid_input', errors: [{ pointer: '/progress' }] });
  });

  it('needs the attempt', async () => {
    const app = await edge();
    const response = await app.inject({
      method: 'POST',
      url,
      headers: JSON_TYPE,
      payload: { ...beat, attempt: undefined },
    });
    expect(response.json()).toMatchObject({ errors: [{ pointer: '/attempt' }] });
  });
});
