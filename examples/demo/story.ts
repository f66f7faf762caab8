import { z } from 'zod';
import type { Run, RunEvent, SkaldClient } from './client.ts';

/** Where a run must end up. */
type Ending = {
  readonly status: string;
  /** What each step came to. */
  readonly steps: Readonly<Record<string, string>>;
  /** The steps undone, in the order in which their undo was handed out. */
  readonly undone: readonly string[];
  /** What else must be true of the run. */
  readonly also?: Readonly<Record<string, (events: readonly RunEvent[], run: Run) => boolean>>;
};

export type Part = {
  readonly title: string;
  /** Plays the part; resolves with the run once it has ended. */
  readonly play: (skald: SkaldClient, startMissingWorker: () => void) => Promise<string>;
  readonly ending: Ending;
};

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

const runToEnd = async (skald: SkaldClient, orchName: string, order: object): Promise<string> => {
  const flowId = await skald.execute(orchName, order);
  await skald.ended(flowId);
  return flowId;
};

const isMissingWorker = ({ status, waiting }: Run): boolean =>
  status === 'WAITING' && waiting?.reason === 'worker-missing' && waiting.step === 'check-company';

const keysOf = (base64 = ''): string =>
  Object.keys(z.record(z.string(), z.string()).parse(JSON.parse(atob(base64)))).join();

const types = (events: readonly RunEvent[]) => events.map(({ type }) => type);

export const parts: readonly Part[] = [
  {
    title: 'A sequential run: each step gets what the one before it answered',
    play: (skald) => runToEnd(skald, 'create-tenant', { tenant: 'acme', plan: 'team' }),
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
    play: (skald) => runToEnd(skald, 'equip-tenant', { tenant: 'acme', plan: 'team' }),
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
    play: (skald) => runToEnd(skald, 'create-tenant', { tenant: 'broke', plan: 'unpaid' }),
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
    play: async (skald) => {
      const flowId = await runToEnd(skald, 'create-tenant', { tenant: 'short-lived', plan: 'team' });
      await skald.undo(flowId, 'the customer changed their mind');
      await skald.ended(flowId);
      return flowId;
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
    play: async (skald, startMissingWorker) => {
      const flowId = await skald.execute('verify-tenant', { tenant: 'acme', plan: 'team' });
      await skald.until(flowId, isMissingWorker);
      startMissingWorker();
      await skald.ended(flowId);
      return flowId;
    },
    ending: {
      status: 'COMPLETED',
      steps: { 'check-payment': 'SUCCEEDED', 'check-company': 'SUCCEEDED' },
      undone: [],
      also: { 'it waited and was healed': (events) => types(events).includes('StepHealed') },
    },
  },
];
