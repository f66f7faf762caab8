import { expect, it } from 'vitest';
import type { SagaView } from '../../src/projections/saga/read-model.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { edge, FLOW, sagaViewWith } from './edge.ts';

type Step = SagaView['steps'][number];
type Side = NonNullable<Step['do']>;

const side = (some: Partial<Side>): Side => ({
  ...{ status: 'FAILED', attempt: 1, iteration: 0, startedAt: null, endedAt: null, worker: null },
  ...{ errorCode: null, error: null, waiting: null, progress: null },
  ...some,
});
const step = (name: string, some: Partial<Step>): Step => ({
  ...{ name, seq: null, do: null, undo: null, result: null },
  ...some,
});

it('a run is shown with what stands in its way: the error of an undo, or a code where there is no text', async () => {
  const steps = [
    step('book', {
      do: side({ status: 'SUCCEEDED' }),
      undo: side({ status: 'BLOCKED', error: 'no such booking', errorCode: 'gone' }),
    }),
    step('pay', { do: side({ error: 'no money', errorCode: 'poor' }) }),
    step('mail', { do: side({ errorCode: 'no_worker' }) }),
    step('wave', {}),
  ];
  const app = await edge({
    getSaga: () => Promise.resolve(sagaViewWith({ status: 'UNDO_FAILED', endedAt: null, steps })),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const { stdout } = await runInProcess(['saga', 'get', FLOW], { url });
  const lastCells = steps.map(({ name }) => {
    const line = stdout.split('\n').find((each) => each.includes(name));
    return line?.split(/ {2,}/).at(-1);
  });
  expect(lastCells).toEqual(['no such booking', 'no money', 'no_worker', '-']);
});
