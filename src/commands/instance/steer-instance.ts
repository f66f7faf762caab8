import type { InstanceCommand } from '../../domain/instance/commands.ts';
import type { Sealed } from '../../domain/sealed.ts';
import {
  archiveInstanceIdContext,
  dispatchHeadersContext,
  errorsContext,
} from '../../domain/instance/seal-context.ts';
import { errorsContent, headersContent } from './content.ts';
import type { InstanceHandlers } from './handlers.ts';
import type { InstanceDeps } from './instance-deps.ts';
import { sayToInstance } from './say-to-instance.ts';
import { sealUnlessErased } from './sealed-json.ts';

type Deps = Pick<InstanceDeps, 'instances' | 'keys' | 'ids' | 'clock'>;
type Steering = Pick<
  InstanceHandlers,
  | 'dispatchInstance'
  | 'progressInstance'
  | 'reportInstanceError'
  | 'settleInstance'
  | 'holdInstance'
  | 'liftInstanceHold'
  | 'deleteInstance'
>;

/** What others report of an instance, and what people decide about it. Said once more, it changes nothing. */
export const steerInstance = (deps: Deps): Steering => ({
  ...reportsOf(deps),
  settleInstance: (instanceId, input, context) =>
    sayToInstance(deps, { instanceId, what: 'settle', body: input, context }, async ({ keyId }) => {
      const place = { keyId, context: archiveInstanceIdContext(instanceId) };
      return settlementOf(input, (text) => sealUnlessErased(deps.keys, place, Buffer.from(text)));
    }),
  holdInstance: (instanceId, { reason }, context) =>
    sayToInstance(deps, { instanceId, what: 'hold', body: { reason }, context }, () => ({
      type: 'HoldInstance',
      reason,
    })),
  liftInstanceHold: (instanceId, { reason }, context) =>
    sayToInstance(deps, { instanceId, what: 'lift-hold', body: { reason }, context }, () => ({
      type: 'LiftHold',
      reason,
    })),
  deleteInstance: (instanceId, { reason }, context) =>
    sayToInstance(deps, { instanceId, what: 'delete', body: { reason }, context }, () => ({
      type: 'DeleteInstance',
      deletion: { reason: 'requested', headers: null, runId: null, words: reason },
      revision: null,
    })),
});

const reportsOf = (
  deps: Deps,
): Pick<Steering, 'dispatchInstance' | 'progressInstance' | 'reportInstanceError'> => ({
  dispatchInstance: (instanceId, { headers }, context) =>
    sayToInstance(deps, { instanceId, what: 'dispatch', body: { headers }, context }, async ({ keyId }) => {
      const place = { keyId, context: dispatchHeadersContext(instanceId) };
      const sealed =
        headers === null ? null : await sealUnlessErased(deps.keys, place, headersContent(headers));
      return { type: 'DispatchInstance', headers: sealed };
    }),
  progressInstance: (instanceId, { category }, context) =>
    sayToInstance(deps, { instanceId, what: 'progress', body: { category }, context }, () => ({
      type: 'ProgressInstance',
      category,
    })),
  reportInstanceError: (instanceId, input, context) => {
    const content = errorsContent(input.errors);
    if ('kind' in content) return Promise.resolve(content);
    return sayToInstance(deps, { instanceId, what: 'error', body: input, context }, async ({ keyId }) => {
      const place = { keyId, context: errorsContext(instanceId) };
      const errors = await sealUnlessErased(deps.keys, place, content);
      return { type: 'ReportError', category: input.category, errors };
    });
  },
});

type SettleInput = Parameters<Steering['settleInstance']>[1];

const settlementOf = async (
  { as, reason, archiveInstanceId }: SettleInput,
  seal: (text: string) => Promise<Sealed | null>,
): Promise<Extract<InstanceCommand, { type: 'SettleInstance' }>> => ({
  type: 'SettleInstance',
  settlement: {
    as,
    reason: reason ?? null,
    archiveInstanceId: archiveInstanceId === undefined ? null : await seal(archiveInstanceId),
  },
});
