import type { FlowHeaders, FlowHeadersOf } from '../../../commands/instance/handlers.ts';
import type { Clock, Ids } from '../../clock/port.ts';
import type { Consumer, InRecord, MessageBus, OutRecord, TopicSpec } from '../../message-bus/port.ts';
import { isReplayed } from '../in/replayed.ts';
import { aborted, withConsumer } from '../in/with-consumer.ts';
import { header } from '../out/cloud-event.ts';
import { readFlowHeaders } from './flow-headers.ts';
import { ORIGIN } from './instance-record.ts';
import { CORRELATION, REPLY_TOPIC } from './take-headers-request.ts';

/** Whoever knows the headers of instances did not say. */
export class HeadersNotTold extends Error {
  override readonly name = 'HeadersNotTold';
}

/** Asks another application, over the bus, for the headers of instances. */
export type HeadersDesk = {
  /** What is asked before a bus is served goes out then. @throws HeadersNotTold without an answer within 15 s */
  readonly ask: FlowHeadersOf;
  /** Asks over this bus, and reads the answers, until the signal aborts. @throws ConsumerStuck */
  readonly serve: (bus: MessageBus, signal: AbortSignal) => Promise<void>;
};

export type HeadersDeskDeps = {
  readonly applicationId: string;
  readonly request: TopicSpec;
  readonly reply: TopicSpec;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly onTrouble: (error: unknown) => void;
};

const TIMEOUT_MS = 15_000;
const MOST_AT_ONCE = 1000;

type Answer = FlowHeaders | undefined;
type Asked = {
  readonly request: OutRecord;
  readonly told: (headers: Answer) => void;
  readonly failed: (why: string) => void;
};

export const createHeadersDesk = (deps: HeadersDeskDeps): HeadersDesk => {
  const { clock, ids } = deps;
  const asked = new Map<string, Asked>();
  let bus: MessageBus | undefined;
  return {
    ask: async (instanceId) => {
      if (asked.size >= MOST_AT_ONCE) throw new HeadersNotTold('too many are asked for at once');
      const correlation = ids.next();
      const request = requestFor(deps, instanceId, correlation);
      return new Promise<Answer>((resolve, reject) => {
        const one = settling(clock, request, { resolve, reject, done: () => asked.delete(correlation) });
        asked.set(correlation, one);
        if (bus !== undefined) void send(bus, one);
      });
    },
    serve: async (served, signal) => {
      const during = async (_consumer: unknown, over: AbortSignal): Promise<void> => {
        bus = served;
        for (const one of asked.values()) void send(served, one);
        await aborted(over);
        bus = undefined;
        for (const one of asked.values()) one.failed('the bus is not read any more');
      };
      const open = async (onFatal: (error: unknown) => void): Promise<Consumer> => {
        await served.ensureTopics([deps.request, deps.reply]);
        return served.consume({ ...readingFor(deps, asked), onFatal });
      };
      await withConsumer(deps, { open, during }, signal);
    },
  };
};

type Settling = {
  readonly resolve: (headers: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly done: () => void;
};

const settling = (clock: Clock, request: OutRecord, { resolve, reject, done }: Settling): Asked => {
  const failed = (why: string): void => {
    cancel();
    done();
    reject(new HeadersNotTold(why));
  };
  const cancel = clock.schedule(TIMEOUT_MS, () => {
    failed(`no answer within ${String(TIMEOUT_MS)} ms`);
  });
  const told = (headers: Answer): void => {
    cancel();
    done();
    resolve(headers);
  };
  return { request, told, failed };
};

const requestFor = (
  { request, reply, applicationId }: HeadersDeskDeps,
  instanceId: string,
  correlation: string,
): OutRecord => ({
  topic: request.name,
  key: null,
  value: Buffer.from(instanceId),
  headers: [header(CORRELATION, correlation), header(REPLY_TOPIC, reply.name), header(ORIGIN, applicationId)],
});

/** Never rejects. Where it cannot be told whether the request went out, its answer decides. */
const send = async (bus: MessageBus, { request, failed }: Asked): Promise<void> => {
  try {
    const result = await bus.publish([request]);
    if (result.kind === 'refused') failed(`the bus does not take the request: ${result.code}`);
  } catch (error) {
    failed(`the request could not be sent: ${String(error)}`);
  }
};

/**
 * Every process sees every answer and knows its own. It reads those from before its time too, of which it knows none:
 * so it misses none that came while it joined.
 */
const readingFor = (
  { reply, applicationId, ids, onTrouble }: HeadersDeskDeps,
  asked: ReadonlyMap<string, Asked>,
) => ({
  group: `${applicationId}.replies.${ids.next()}`,
  topics: [reply.name],
  handle: (record: InRecord): Promise<void> => {
    if (!isReplayed(record)) settle(record, asked);
    return Promise.resolve();
  },
  onTrouble,
});

const settle = ({ headers, value }: InRecord, asked: ReadonlyMap<string, Asked>): void => {
  const correlation = headers.findLast(([name]) => name.toLowerCase() === CORRELATION.toLowerCase())?.[1];
  const one = asked.get(Buffer.from(correlation ?? []).toString());
  if (one === undefined) return;
  if (value === null) {
    one.told(undefined);
    return;
  }
  const read = readFlowHeaders(value);
  if (read.kind === 'ok') one.told(read.headers);
  else one.failed('the answer cannot be read');
};
