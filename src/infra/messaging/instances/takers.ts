import type { InstanceHandlers } from '../../../commands/instance/handlers.ts';
import type { Taker } from './instance-record.ts';
import { TAKEN } from './instance-topics.ts';
import type { InstanceTakenRole, InstanceTopics } from './instance-topics.ts';
import { takeHeadersRequest } from './take-headers-request.ts';
import type { AnswerHeadersRequest } from './take-headers-request.ts';
import { takeDispatched, takeError, takeMergedError, takeProgress } from './take-progress.ts';
import { takeReceived } from './take-received.ts';

/** What records about instances can ask for. */
export type InstanceInbound = Pick<
  InstanceHandlers,
  'receiveInstance' | 'refuseIntake' | 'dispatchInstance' | 'progressInstance' | 'reportInstanceError'
>;

/** Their headers are read first, whatever the size of the value: its sender is told, and the letter has an owner. */
export const LIMITED_BY_FLOW: ReadonlySet<string> = new Set(
  TAKEN.filter((role) => role !== 'headersRequest'),
);

type Deps = {
  readonly commands: InstanceInbound;
  readonly answer: AnswerHeadersRequest;
  readonly topics: InstanceTopics;
};

export const instanceTakers = ({
  commands,
  answer,
  topics,
}: Deps): Readonly<Record<InstanceTakenRole, Taker>> => ({
  instanceReceived: takeReceived(commands),
  instanceDispatched: takeDispatched(commands),
  instanceMapped: takeProgress(commands, 'mapped'),
  instanceReadyForDispatch: takeProgress(commands, 'ready-for-dispatch'),
  instanceReceivalError: takeError(commands, 'receival'),
  instanceMappingError: takeError(commands, 'mapping'),
  instanceDispatchingError: takeError(commands, 'dispatching'),
  instanceError: takeMergedError(commands),
  headersRequest: takeHeadersRequest(answer, topics.isReplyTopic),
});
