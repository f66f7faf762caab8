import { z } from 'zod';
import type { InstanceError, OpenedInstance } from '../../../commands/instance/handlers.ts';
import { instanceErrors } from '../../../commands/instance/inputs.ts';
import { exactJson } from '../../strict-input/exact-json.ts';

/** An instance object with its id, an exact integer, and when it was made. */
export const instanceObjectJson = ({ instanceId, value, createdAt }: OpenedInstance): string =>
  exactJson({ id: BigInt(instanceId), ...value, createdAt });

/** The documented collection of errors. */
export const errorCollection = z.object({ errors: instanceErrors });

/** What failed, in the newer form, which has one topic for all of them. */
const mergedName = z.enum(['RECEIVAL', 'REGISTRATION', 'RETRY_REQUEST', 'MAPPING', 'DISPATCHING']);
export type MergedName = z.infer<typeof mergedName>;
export const mergedErrors = errorCollection.extend({ name: mergedName });

export const errorCollectionJson = (errors: readonly InstanceError[], name?: MergedName): string =>
  JSON.stringify({ ...(name === undefined ? {} : { name }), errors });
