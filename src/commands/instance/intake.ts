import type { AppendMetadata } from '../../domain/event.ts';
import { callIdOf, creatingMetadata } from '../context.ts';
import type { CallContext } from '../context.ts';
import type { FlowHeaders } from './handlers.ts';
import type { InstanceDeps } from './instance-deps.ts';

/** Whether it is taken or refused, the same call is the same delivery. */
export const intakeIdOf = ({ ids }: Pick<InstanceDeps, 'ids'>, context: CallContext): string =>
  callIdOf(ids, context, 'receive', 'instance');

/** What a delivery writes belongs to the flow it is of, unless its caller says otherwise. */
export const intakeMetadata = (
  commandId: string,
  { correlationId }: Pick<FlowHeaders, 'correlationId'>,
  context: CallContext,
): AppendMetadata => creatingMetadata(commandId, { correlationId, ...context });
