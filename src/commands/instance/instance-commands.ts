import type { InstanceHandlers } from './handlers.ts';
import type { InstanceDeps } from './instance-deps.ts';
import { receiveInstance } from './receive-instance.ts';
import { refuseIntake } from './refuse-intake.ts';
import { retryInstance } from './retry-instance.ts';
import { getRetryBatch, retryInstances } from './retry-instances.ts';
import { steerInstance } from './steer-instance.ts';

/** All that can be asked of instances. */
export const instanceCommands = (deps: InstanceDeps): InstanceHandlers => ({
  receiveInstance: receiveInstance(deps),
  refuseIntake: refuseIntake(deps),
  retryInstance: retryInstance(deps),
  retryInstances: retryInstances(deps),
  getRetryBatch: getRetryBatch(deps),
  ...steerInstance(deps),
});
