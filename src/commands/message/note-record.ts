import { messageStream } from '../../domain/message/aggregate.ts';
import type { MessageAggregate } from '../../domain/message/aggregate.ts';
import type { MessageEvent } from '../../domain/message/events.ts';
import type { Actor } from '../../domain/event.ts';
import type { InRecord } from '../../infra/message-bus/port.ts';
import type { ExecutorOf } from '../deps.ts';
import { recordCommandIdOf } from '../deterministic-ids.ts';
import { resultOf } from '../executed.ts';
import type { Result } from '../result.ts';

export type Messages = ExecutorOf<MessageAggregate>;

type Reason = MessageEvent['data']['reason'];
type Deps = { readonly messages: Messages; readonly busId: string };

const consumer: Actor = { kind: 'system', id: 'consumer', source: 'kafka' };

/** Records that a record came in and changes nothing; the same record again finds its note. */
export const noteRecord =
  ({ messages, busId }: Deps) =>
  async (record: InRecord, reason: Reason): Promise<Result<null, string>> => {
    const { topic, partition, offset, timestamp } = record;
    const commandId = recordCommandIdOf(busId, record, 0);
    const note = { source: { bus: busId, topic, partition, offset, timestamp }, reason };
    const executed = await messages.execute(
      messageStream(commandId),
      { type: 'NoteRecord', note },
      { commandId, causationId: commandId, correlationId: commandId, actor: consumer },
    );
    return resultOf(executed, () => null);
  };
export type NoteRecord = ReturnType<typeof noteRecord>;
