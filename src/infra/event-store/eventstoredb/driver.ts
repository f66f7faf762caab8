import { EventStoreDBClient } from '@eventstore/db-client';
import type { SingleNodeOptions } from '@eventstore/db-client';
import type { AppendResp, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { Connection } from './connection.ts';
import { failureOf, leaderIn } from './failures.ts';
import type { AppendMessage, ReadRequest } from './requests.ts';

export type ReadCall = ReturnType<StreamsClient['read']>;
export type ReadResponse = ReadResp;
export type AppendResponse = AppendResp;

export type DriverOptions = {
  readonly connection: Connection;
  /** An answer named a leader outside the configured cluster. It is not dialled. */
  readonly onForeignLeader: (error: Error) => void;
};

/**
 * The client with the two calls the log needs, over the client's own channel, discovery and credentials. Its high-level
 * calls are not used: appends in batches share one map of promises between all clients of the process and have no
 * deadline, reads cannot be filtered, and a record it cannot convert is thrown as an unhandled rejection.
 */
export class Driver extends EventStoreDBClient {
  #streams: StreamsClient | undefined;
  #isShut = false;

  constructor({ connection, onForeignLeader }: DriverOptions) {
    const { settings, channel, credentials, hosts } = connection;
    // The constructor's overloads take one kind of settings each, its code takes all.
    super(settings as SingleNodeOptions, channel, credentials);
    const follow = this.handleError;
    // Left alone the client dials whatever address an answer names, with our credentials.
    this.handleError = async (client, error) => {
      const leader = leaderIn(error);
      if (failureOf(error) !== 'not_leader' || (leader !== undefined && hosts.includes(leader))) {
        return follow(client, error);
      }
      onForeignLeader(new Error(`the leader ${leader ?? 'unknown'} is not in the configured cluster`));
    };
  }

  /** The caller must cancel the call in the end. @throws what the discovery of a node throws */
  async read(request: ReadRequest): Promise<ReadCall> {
    const open = this.GRPCStreamCreator(StreamsClient, 'read', (client) =>
      this.#using(client).read(
        request,
        ...this.callArguments({ requiresLeader: true }, { deadline: Infinity }),
      ),
    );
    const call = await open();
    // A status that comes after the reader has gone would be an uncaught exception.
    call.on('error', () => undefined);
    return call;
  }

  /** One append in a call of its own: its deadline (ms) is kept by this side, and no other append shares its fate. */
  append(messages: readonly AppendMessage[], deadline: number): Promise<AppendResponse> {
    return this.execute(
      StreamsClient,
      'append',
      (client) =>
        new Promise((resolve, reject) => {
          const args = this.callArguments({ requiresLeader: true, deadline });
          const sink = this.#using(client).append(...args, (error, response) => {
            if (error === null) resolve(response);
            else reject(error);
          });
          sink.on('error', reject);
          // At most 900 KiB: not worth waiting for the window in between.
          for (const message of messages) sink.write(message);
          sink.end();
        }),
    );
  }

  /** Ends all calls and the connection. */
  async shut(): Promise<void> {
    this.#isShut = true;
    await this.dispose();
    this.#streams?.close();
  }

  #using(client: StreamsClient): StreamsClient {
    if (this.#isShut) throw new Error('the connection is closed');
    this.#streams = client;
    return client;
  }
}
