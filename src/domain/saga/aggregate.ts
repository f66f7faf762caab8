import { aggregateOf } from '../aggregate.ts';
import { sagaDecider } from './decide.ts';
import { sagaSchemaVersion, parseSagaEvent } from './events.ts';

export const sagaAggregate = aggregateOf({
  category: 'saga',
  decider: sagaDecider,
  schemaVersion: sagaSchemaVersion,
  parse: parseSagaEvent,
});
export type SagaAggregate = typeof sagaAggregate;

export const sagaStream = (flowId: string): string => `saga-${flowId}`;
