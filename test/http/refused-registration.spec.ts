// Every attempt to register is an event, also one whose body does not have the right shape.
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const REGISTER = '/api/orchestration/register';

const started = async () => {
  const loaded = loadConfig({ PORT: '0', DATA_DIR: freshDirectory() });
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join());
  const onFatal = (error: unknown): void => {
    throw error;
  };
  const skald = await compose(loaded.config, { logger: pino({ level: 'silent' }), onFatal });
  onTestFinished(skald.close);
  await skald.start();
  const send = async (payload: object) => {
    const headers = { 'x-service-name': 'onboarding' };
    const { statusCode, body } = await skald.app.inject({ method: 'POST', url: REGISTER, headers, payload });
    return { status: statusCode, body: JSON.parse(body) as unknown };
  };
  const get = async (url: string) => (await skald.app.inject({ url })).json<Record<string, unknown>>();
  return { send, get };
};

it('records who tried, what was wrong and where, and shows the orchestration as failed', async () => {
  const { send, get } = await started();
  const malformed = {
    orchName: 'tenant',
    as: 'initiator',
    steps: [{ seq: 1, name: '1st', objectType: 'x' }],
  };
  const refused = await send(malformed);
  expect(refused).toMatchObject({
    status: 400,
    body: { code: 'invalid_input', errors: [{ pointer: '/steps/0/name' }] },
  });
  const { items } = await get('/api/v1/events?category=attempt');
  expect(items).toMatchObject([
    {
      type: 'RegistrationAttempted',
      data: {
        orchName: 'tenant',
        role: 'initiator',
        service: 'onboarding',
        outcome: 'refused',
        code: 'invalid_input',
      },
    },
  ]);
  expect(await get('/api/v1/orchestrations/tenant')).toMatchObject({ status: 'FAILED', version: null });
});

it('records an attempt that says neither role nor anything else, and one whose flaw lies deep', async () => {
  const { send, get } = await started();
  expect(await send({ orchName: 'tenant' })).toMatchObject({ status: 400 });
  const steps = [{ seq: 1, name: 'a', objectType: 'x', ['x'.repeat(300)]: 1 }];
  expect(await send({ orchName: 'tenant', as: 'initiator', steps })).toMatchObject({ status: 400 });
  const { items } = await get('/api/v1/events?category=attempt');
  expect(items).toMatchObject([{ data: { role: '' } }, { data: { role: 'initiator' } }]);
});

it('records a role and a place that are too long as text all the same, wherever they are cut', async () => {
  const { send, get } = await started();
  expect(await send({ orchName: 'tenant', as: `${'x'.repeat(79)}😀` })).toMatchObject({ status: 400 });
  const steps = [{ seq: 1, name: 'a', objectType: 'x' }];
  const unknown = { [`${'x'.repeat(198)}😀`]: 1 };
  expect(await send({ orchName: 'tenant', as: 'initiator', steps, ...unknown })).toMatchObject({
    status: 400,
  });
  const { items } = await get('/api/v1/events?category=attempt');
  expect(items).toMatchObject([
    { data: { role: `${'x'.repeat(79)}\uFFFD` } },
    { data: { pointer: `/${'x'.repeat(198)}\uFFFD` } },
  ]);
});

it('leaves a definition that works as it is', async () => {
  const { send, get } = await started();
  const steps = [{ seq: 1, name: 'a', objectType: 'x' }];
  await send({ orchName: 'tenant', as: 'initiator', steps });
  await send({ orchName: 'tenant', as: 'initiator', steps: 'none' });
  expect(await get('/api/v1/orchestrations/tenant')).toMatchObject({ status: 'PENDING', version: 1 });
  expect(await get('/api/v1/events?category=attempt')).toMatchObject({
    items: [{ type: 'RegistrationAttempted' }],
  });
});

it('has nothing to record where no orchestration is named', async () => {
  const { send, get } = await started();
  expect(await send({ as: 'initiator' })).toMatchObject({ status: 400 });
  expect(await get('/api/v1/events')).toMatchObject({ items: [] });
});
