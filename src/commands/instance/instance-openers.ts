import type { InstanceOpeners } from './handlers.ts';
import type { InstanceDeps } from './instance-deps.ts';
import { flowHeadersOf, openDeletion, openInstance, openRegistered } from './open-instance.ts';
import { openIntake } from './open-intake.ts';
import { openRetry } from './open-retry.ts';
import type { OpenRetryDeps } from './open-retry.ts';

/** Opens what is sealed of instances and deliveries, for those who pass it on. */
export const instanceOpeners = (deps: OpenRetryDeps & Pick<InstanceDeps, 'intakes'>): InstanceOpeners => ({
  openInstance: openInstance(deps),
  flowHeadersOf: flowHeadersOf(deps),
  openRegistered: openRegistered(deps),
  openRetry: openRetry(deps),
  openDeletion: openDeletion(deps),
  openIntake: openIntake(deps),
});
