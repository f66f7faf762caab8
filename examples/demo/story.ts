import { z } from 'zod';
import type { Run, RunEvent } from './client.ts';
import { runToEnd } from './part.ts';
import type { Part } from './part.ts';
import { recordParts } from './record-story.ts';

const step = (seq: number, name: string, objectType: string) => ({ seq, name, objectType });

export const definitions = [
  {
    orchName: 'create-tenant',
    as: 'initiator',
    type: 'sequential',
    steps: [
      step(1, 'create-database', 'database'),
      step(2, 'create-admin', 'account'),
      step(3, 'open-account', 'contract'),
      // A mail that was sent cannot be called back.
      { ...step(4, 'send-welcome', 'mail'), undo: false },
    ],
  },
  {
    orchName: 'equip-tenant',
    as: 'initiator',
    type: 'simultaneous',
    steps: [
      step(1, 'create-mailbox', 'mailbox'),
      step(2, 'create-calendar', 'calendar'),
      step(3, 'create-drive', 'drive'),
    ],
  },
  {
    orchName: 'verify-tenant',
    as: 'initiator',
    type: 'sequential',
    steps: [step(1, 'check-payment', 'payment'), step(2, 'check-company', 'company')],
  },
];

const isMissingWorker = ({ status, waiting }: Run): boolean =>
  status === 'WAITING' && waiting?.reason === 'worker-missing' && waiting.step === 'check-company';

const keysOf = (base64 = ''): string =>
  Object.keys(z.record(z.string(), z.string()).parse(JSON.parse(atob(base64)))).join();

const types = (events: readonly RunEvent[]) => events.map(({ type }) => type);

export const parts: readonly Part[] = [
  {
    title: 'A sequential run: each step gets what the one before it answered',
    play: (stage) => runToEnd(stage, 'create-tenant', { tenant: 'acme', plan: 'team' }),
    ending: {
      status: 'COMPLETED',
      steps: {
        'create-database': 'SUCCEEDED',
        'create-admin': 'SUCCEEDED',
        'open-account': 'SUCCEEDED',
        'send-welcome': 'SUCCEEDED',
      },
      undone: [],
      also: {
        'the last step got what all others had added': (_events, { result }) =>
          keysOf(result['send-welcome']) ===
          'tenant,plan,create-database,create-admin,open-account,send-welcome',
      },
    },
  },
  {
    title: 'A simultaneous run: all steps at once',
    play: (stage) => runToEnd(stage, 'equip-tenant', { tenant: 'acme', plan: 'team' }),
    ending: {
      status: 'COMPLETED',
      steps: { 'create-mailbox': 'SUCCEEDED', 'create-calendar': 'SUCCEEDED', 'create-drive': 'SUCCEEDED' },
      undone: [],
      also: {
        'every step is handed out before the first answer': (events) =>
          types(events).lastIndexOf('StepDispatched') < types(events).indexOf('StepSucceeded'),
      },
    },
  },
  {
    title: 'A step fails: what was done before it is undone, in reverse',
    play: (stage) => runToEnd(stage, 'create-tenant', { tenant: 'broke', plan: 'unpaid' }),
    ending: {
      status: 'UNDONE',
      steps: {
        'create-database': 'SUCCEEDED, undo SUCCEEDED',
        'create-admin': 'SUCCEEDED, undo SUCCEEDED',
        'open-account': 'FAILED (no means of payment on file for broke)',
        'send-welcome': 'not started',
      },
      undone: ['create-admin', 'create-database'],
    },
  },
  {
    title: 'A completed run is undone by hand',
    play: async (stage) => {
      const played = await runToEnd(stage, 'create-tenant', { tenant: 'short-lived', plan: 'team' });
      await stage.skald.undo(played.flowId, 'the customer changed their mind');
      await stage.skald.ended(played.flowId);
      return played;
    },
    ending: {
      status: 'UNDONE',
      steps: {
        'create-database': 'SUCCEEDED, undo SUCCEEDED',
        'create-admin': 'SUCCEEDED, undo SUCCEEDED',
        'open-account': 'SUCCEEDED, undo SUCCEEDED',
        'send-welcome': 'SUCCEEDED',
      },
      undone: ['open-account', 'create-admin', 'create-database'],
      also: { 'it had been completed': (events) => types(events).includes('SagaCompleted') },
    },
  },
  {
    title: 'A worker is missing: the run waits, and goes on when it registers',
    play: async ({ skald, named, startWorker }) => {
      const flowId = await skald.execute(named('verify-tenant'), { tenant: 'acme', plan: 'team' });
      await skald.until(flowId, isMissingWorker);
      startWorker('compliance-service', 'verify-tenant/check-company');
      await skald.ended(flowId);
      return { flowId };
    },
    ending: {
      status: 'COMPLETED',
      steps: { 'check-payment': 'SUCCEEDED', 'check-company': 'SUCCEEDED' },
      undone: [],
      also: { 'it waited and was healed': (events) => types(events).includes('StepHealed') },
    },
  },
  ...recordParts,
];
