// A random history: what callers, workers and operators do, over HTTP.
import fc from 'fast-check';
import { z } from 'zod';
import { headersWith, objectWith } from './instance-world.ts';
import type { Ask } from './past-record.ts';
import { itemsOf } from './past-record.ts';

const KINDS = [
  ...[
    'define',
    'serve',
    'leave',
    'start',
    'start',
    'work',
    'work',
    'fail',
    'pause',
    'resume',
    'cancel',
    'undo',
  ],
  ...['deliver', 'hold', 'retry'],
] as const;
export type Move = { readonly kind: (typeof KINDS)[number]; readonly pick: number };

/** A run waits for a worker, another one does not. */
const BEGINNING: readonly Move[] = [
  ...[{ kind: 'define', pick: 2 } as const, { kind: 'start', pick: 0 } as const],
  ...[{ kind: 'serve', pick: 2 } as const, { kind: 'start', pick: 0 } as const],
];

/** One orchestration is there from early on: else most of what is random would be refused. */
export const moves: fc.Arbitrary<readonly Move[]> = fc
  .array(fc.record({ kind: fc.constantFrom(...KINDS), pick: fc.nat({ max: 5 }) }), {
    ...{ minLength: 4, maxLength: 10 },
  })
  .map((more) => [...BEGINNING, ...more]);

const tasks = z.object({
  tasks: z.array(z.looseObject({ flowId: z.string(), stepName: z.string(), action: z.string() })),
});

const namesAt = (pick: number): string => (pick % 2 === 0 ? 'order' : 'tenant');
const STEPS = ['a', 'b', 'c'];

/** Whatever comes of it: a refused command is part of history too, or changes nothing. */
export const play = async (ask: Ask, { kind, pick }: Move): Promise<void> => {
  const reason = { reason: 'because' };
  switch (kind) {
    case 'define':
      return define(ask, pick);
    case 'serve':
    case 'leave':
      return serve(ask, kind === 'serve' ? STEPS.slice(0, 1 + (pick % 3)) : [], pick);
    case 'start':
      await ask(`/api/orchestration/execute/${namesAt(pick)}`, { body: { pick } });
      return;
    case 'work':
    case 'fail':
      return work(ask, kind === 'work', pick);
    case 'deliver':
      await ask('/api/v1/instances', { body: { headers: headersWith(), value: objectWith(`no ${pick}`) } });
      return;
    case 'hold':
    case 'retry':
      return onOne(ask, '/api/v1/instances', 'id', { pick, verb: kind, body: reason });
    case 'undo': {
      const flowId = await picked(ask, '/api/v1/sagas', 'flowId', pick);
      if (flowId !== undefined) await ask(`/api/orchestration/undo/${flowId}`, { body: reason });
      return;
    }
    case 'pause':
    case 'resume':
    case 'cancel':
      return onOne(ask, '/api/v1/sagas', 'flowId', { pick, verb: kind, body: reason });
  }
};

const define = async (ask: Ask, pick: number): Promise<void> => {
  const steps = STEPS.slice(0, 1 + (pick % 3)).map((name, index) => ({
    ...{ seq: index + 1, name, objectType: 'thing' },
    retry: { maxRetries: 1, backoffMs: 60_000 },
    undo: index !== 2,
  }));
  const body = {
    orchName: namesAt(pick),
    as: 'initiator',
    type: pick < 3 ? 'sequential' : 'simultaneous',
    steps,
  };
  await ask('/api/orchestration/register', { body, headers: { 'x-service-name': 'front' } });
};

const serve = async (ask: Ask, names: readonly string[], pick: number): Promise<void> => {
  const body = { orchName: namesAt(pick), as: 'worker', steps: names.map((name) => ({ name })) };
  await ask('/api/orchestration/register', { body, headers: { 'x-service-name': 'worker-1' } });
};

const work = async (ask: Ask, isGood: boolean, pick: number): Promise<void> => {
  const polled = await ask('/api/v1/tasks/poll', {
    body: { service: 'worker-1', waitMs: 50, max: 1 + pick },
  });
  const found = tasks.safeParse(JSON.parse(polled.text)).data?.tasks ?? [];
  if (found.length === 0) return;
  const answers = found.map(({ flowId, stepName, action }) => ({
    ...{ flowId, stepName, action },
    metadata: isGood
      ? { status: 'SUCCESS' }
      : { status: 'FAILED', error: 'it broke', retryable: pick % 2 === 0 },
    ...(isGood ? { payload: Buffer.from(`did ${stepName}`).toString('base64') } : {}),
  }));
  await ask('/api/v1/tasks/responses', { body: answers });
};

type OnOne = { readonly pick: number; readonly verb: string; readonly body: object };

const onOne = async (
  ask: Ask,
  list: string,
  member: 'flowId' | 'id',
  { pick, verb, body }: OnOne,
): Promise<void> => {
  const id = await picked(ask, list, member, pick);
  if (id !== undefined) await ask(`${list}/${id}/${verb}`, { body });
};

const picked = async (
  ask: Ask,
  list: string,
  member: 'flowId' | 'id',
  pick: number,
): Promise<string | undefined> => {
  const items = itemsOf(await ask(list));
  return items[pick % Math.max(1, items.length)]?.[member];
};
