import { unlessLate } from '../../clock/port.ts';
import type { Clock } from '../../clock/port.ts';
import { StoreUnavailable } from '../errors.ts';
import type { Connection } from './connection.ts';
import { Driver } from './driver.ts';
import type { AppendResponse, ReadResponse } from './driver.ts';
import { failureOf } from './failures.ts';
import type { AppendMessage, ReadRequest } from './requests.ts';
import { responsesOf } from './responses.ts';
import type { ReadOptions } from './responses.ts';

/** The one connection of this store. It is replaced where the client would not recover by itself. */
export type Link = {
  /** Opens a call and gives its answers; see `responsesOf`. @throws StoreUnavailable, and what the call failed with */
  readonly read: (
    request: ReadRequest,
    options: Omit<ReadOptions, 'clock'>,
  ) => AsyncGenerator<ReadResponse, void, undefined>;
  /** Settles within half a second of `deadlineMs`. @throws StoreUnavailable, and what the call failed with */
  readonly append: (messages: readonly AppendMessage[], deadlineMs: number) => Promise<AppendResponse>;
  /** Takes a new client; calls in flight on the old one end. At most once a second. */
  readonly recycle: () => void;
  /** How many clients there have been. */
  readonly generation: () => number;
  readonly close: () => Promise<void>;
};

export type LinkOptions = {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
};

const RECYCLE_PAUSE_MS = 1000;
const OPEN_MS = 5000;
const LATER_MS = 500;

export const linkTo = (options: LinkOptions): Link => {
  const { clock } = options;
  const clients = clientsOf(options);
  const failed = (error: unknown): unknown => {
    if (failureOf(error) === 'broken') clients.recycle();
    return error;
  };
  return {
    read: async function* (request, reading) {
      const begunAt = clock.now();
      const opening = clients.current().read(request);
      const call = await inTime(opening, clock, Math.min(reading.idleMs, OPEN_MS), (late) => {
        late.cancel();
      });
      try {
        // Who waits for an answer waits from here on, not again once there is a connection.
        const firstMs = Math.max(1, reading.idleMs - (clock.now() - begunAt));
        yield* responsesOf(call, { ...reading, firstMs, clock });
      } catch (error) {
        throw failed(error);
      }
    },
    append: async (messages, deadlineMs) => {
      try {
        return await inTime(clients.current().append(messages, deadlineMs), clock, deadlineMs + LATER_MS);
      } catch (error) {
        throw failed(error);
      }
    },
    recycle: clients.recycle,
    generation: clients.generation,
    close: clients.close,
  };
};

const clientsOf = ({ connection, clock, onTrouble }: LinkOptions) => {
  // Whoever leads now is found again among the configured nodes.
  const onForeignLeader = (error: Error): void => {
    onTrouble(error);
    recycle();
  };
  const connect = (): Driver => new Driver({ connection, onForeignLeader });
  let driver = connect();
  let generation = 1;
  let recycledAt = Number.NEGATIVE_INFINITY;
  const shut = (old: Driver): Promise<void> => old.shut().catch(onTrouble);
  const recycle = (): void => {
    if (clock.now() - recycledAt < RECYCLE_PAUSE_MS) return;
    recycledAt = clock.now();
    void shut(driver);
    driver = connect();
    generation += 1;
  };
  return { current: () => driver, generation: () => generation, recycle, close: () => shut(driver) };
};

/** To find a node may take for ever, and no deadline of a call has begun by then. */
const inTime = async <Value extends object>(
  coming: Promise<Value>,
  clock: Clock,
  ms: number,
  onLate: (value: Value) => void = () => undefined,
): Promise<Value> => {
  const value = await unlessLate(clock, ms, coming);
  if (value !== undefined) return value;
  coming.then(onLate, () => undefined);
  throw new StoreUnavailable(`no connection for ${ms} ms`);
};
