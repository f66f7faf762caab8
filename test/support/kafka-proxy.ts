import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { asksFor, messages, refusal } from './kafka-wire.ts';
import type { Asked } from './kafka-wire.ts';
import { tied } from './tied-sockets.ts';

export type KafkaProxy = {
  readonly brokers: string;
  /** The broker writes what the next `times` requests bring; each connection ends without its answer. */
  readonly loseAnswers: (times: number) => void;
  readonly lost: () => number;
  /** The next `times` such requests never reach the broker, which seems to refuse them with this code. */
  readonly refuse: (refused: Refused) => void;
  readonly refused: () => number;
  /** Nothing passes any more over the connections there are, and none ends; new ones are as ever. Tells how many. */
  readonly strand: () => number;
  readonly close: () => Promise<void>;
};

type Refused = { readonly asked: Asked; readonly code: number; readonly times: number };

type State = {
  readonly target: number;
  readonly sockets: Set<Socket>;
  readonly stranded: WeakSet<Socket>;
  toLose: number;
  lost: number;
  refusal: Refused;
  refused: number;
};

/** A way to one broker on loopback, which clients do not leave: the broker's address in its answers is replaced. */
export const kafkaProxy = async (brokers: string): Promise<KafkaProxy> => {
  const target = Number(new URL(`kafka://${brokers}`).port);
  const state: State = {
    ...{ target, sockets: new Set(), stranded: new WeakSet(), toLose: 0, lost: 0 },
    ...{ refusal: { asked: 'produce', code: 0, times: 0 }, refused: 0 },
  };
  let port = 0;
  const server = createServer((client) => {
    join(state, client, port);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  port = address.port;
  return {
    brokers: `127.0.0.1:${String(port)}`,
    loseAnswers: (times) => void (state.toLose = times),
    lost: () => state.lost,
    refuse: (refused) => void (state.refusal = refused),
    refused: () => state.refused,
    strand: () => {
      for (const socket of state.sockets) state.stranded.add(socket);
      return state.sockets.size / 2;
    },
    close: async () => {
      server.close();
      for (const socket of state.sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
};

const join = (state: State, client: Socket, port: number): void => {
  const server = connect(state.target, '127.0.0.1');
  const end = tied(client, server, state.sockets);
  let isLastAnswer = false;
  const requests = messages();
  client.on('data', (piece: Buffer) => {
    if (state.stranded.has(client)) return;
    for (const request of requests(piece)) {
      if (asksFor(request, state.refusal.asked) && refuses(state)) {
        client.write(refusal(request, state.refusal.code));
        continue;
      }
      isLastAnswer ||= asksFor(request, 'produce') && loses(state);
      server.write(request);
    }
  });
  const answers = messages();
  server.on('data', (piece: Buffer) => {
    if (state.stranded.has(server)) return;
    for (const answer of answers(piece)) {
      if (isLastAnswer) {
        state.lost += 1;
        end();
        return;
      }
      client.write(readdressed(answer, state.target, port));
    }
  });
};

const loses = (state: State): boolean => {
  if (state.toLose === 0) return false;
  state.toLose -= 1;
  return true;
};

const refuses = (state: State): boolean => {
  const { times } = state.refusal;
  if (times === 0) return false;
  state.refusal = { ...state.refusal, times: times - 1 };
  state.refused += 1;
  return true;
};

const HOST = '127.0.0.1';

/** The same answer with another port behind the broker's host, wherever it stands: addresses are of one length. */
const readdressed = (answer: Buffer, from: number, to: number): Buffer => {
  const text = answer.toString('latin1');
  return Buffer.from(text.replaceAll(addressOf(from), addressOf(to)), 'latin1');
};

const addressOf = (port: number): string => {
  const bytes = Buffer.alloc(2 + HOST.length + 4);
  bytes.writeInt16BE(HOST.length);
  bytes.write(HOST, 2);
  bytes.writeInt32BE(port, 2 + HOST.length);
  return bytes.toString('latin1');
};
