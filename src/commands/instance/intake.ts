import type { AppendMetadata } from '../../domain/event.ts';
import type { CallContext } from '../context.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import type { FlowHeaders } from './handlers.ts';
import type { InstanceDeps } from './instance-deps.ts';

export const isRepeatable = ({ idempotencyKey, commandId }: CallContext): boolean =>
  idempotencyKey !== undefined || commandId !== undefined;

/** The same key by the same actor, or the same command, is the same delivery. */
export const intakeIdOf = ({ ids }: Pick<InstanceDeps, 'ids'>, context: CallContext): string => {
  const { actor, idempotencyKey: key, commandId } = context;
  return key === undefined ? (commandId ?? ids.next()) : commandIdOf(actor.id, 'receive', 'instance', key);
};

/** What a delivery writes belongs to the flow it is of, unless its caller says otherwise. */
export const intakeMetadata = (
  commandId: string,
  { correlationId }: Pick<FlowHeaders, 'correlationId'>,
  { actor, correlationId: given }: CallContext,
): AppendMetadata => ({
  commandId,
  causationId: commandId,
  correlationId: given ?? correlationId,
  actor,
  owner: actor.id,
});
