import { credentials } from '@grpc/grpc-js';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { startEventStoreDouble } from './double.ts';
import type { DoubleOptions } from './double.ts';

export type Session = Awaited<ReturnType<typeof openSession>>;

/** A double and clients of it, which end together. */
export const openSession = async (options: DoubleOptions = {}) => {
  const double = await startEventStoreDouble(options);
  const clients: EventStoreDBClient[] = [];
  const raw: StreamsClient[] = [];
  const connect = (url = double.url): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(url);
    clients.push(client);
    return client;
  };
  return {
    double,
    client: connect(),
    connect,
    /** The generated client, for what the one above hides or breaks on. */
    streams: (): StreamsClient => {
      const client = new StreamsClient(`127.0.0.1:${double.port}`, credentials.createInsecure());
      raw.push(client);
      return client;
    },
    close: async (): Promise<void> => {
      raw.forEach((client) => client.close());
      // Not awaited: with a batch stream that the server ended, the client never finishes to dispose.
      clients.forEach((client) => void client.dispose());
      await double.stop();
    },
  };
};

/** Events that can be proposed again with the same ids. */
export const someEvents = (...types: readonly string[]) =>
  types.map((type) => jsonEvent({ id: crypto.randomUUID(), type, data: { of: type } }));

type Read = ReturnType<EventStoreDBClient['readAll']>;

/** Everything a read gives; its types are in order. */
export const collect = async (read: Read | ReturnType<EventStoreDBClient['readStream']>) => {
  const events = [];
  for await (const { event } of read) if (event !== undefined) events.push(event);
  return events;
};

export const typesIn = async (session: Session, stream: string): Promise<readonly string[]> =>
  (await collect(session.client.readStream(stream))).map(({ type }) => type);
