import type { Aggregate } from '../aggregate.ts';
import type { SagaCommand, SagaRejection } from './commands.ts';
import { sagaDecider } from './decide.ts';
import { sagaSchemaVersion, parseSagaEvent } from './events.ts';
import type { SagaEvent } from './events.ts';
import type { SagaState } from './state.ts';

export type SagaAggregate = Aggregate<SagaCommand, SagaState, SagaEvent, SagaRejection>;

export const sagaAggregate: SagaAggregate = {
  category: 'saga',
  decider: sagaDecider,
  schemaVersion: sagaSchemaVersion,
  parse: parseSagaEvent,
};

export const sagaStream = (flowId: string): string => `saga-${flowId}`;
