import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tied } from './tied-sockets.ts';

type Cut = {
  /** Looked for in what a client sends. */
  readonly text: string;
  /** Ends the connection before the request is passed on, or once it is answered, without the answer. */
  readonly at: 'request' | 'reply';
  /** How many requests with the text pass first. */
  readonly skip?: number;
};

type Answer = (request: Buffer) => Buffer | undefined;

type Alteration = { readonly from: string; readonly to: string };

export type TcpProxy = {
  readonly port: number;
  /** How many pieces, in either direction, held the text. Texts are bytes, as latin1. */
  readonly seen: (text: string) => number;
  /** Ends one connection. `cuts` counts those that happened. */
  readonly cutOnce: (cut: Cut) => void;
  readonly cuts: () => number;
  /** Puts other bytes of the same length into the next request that has these. `alterations` counts. */
  readonly alterOnce: (alteration: Alteration) => void;
  readonly alterations: () => number;
  /** Answers what a client sends in the server's place, which never sees it, wherever there is an answer. */
  readonly answerInstead: (answer: Answer) => void;
  readonly answered: () => number;
  /** Goes on to accept connections and what they send, but nothing passes any more until `thaw`. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Nothing passes any more over the connections there are, and none ends; new ones are as ever. Tells how many. */
  readonly strand: () => number;
  /** Ends all connections and refuses new ones until `up`. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
};

type State = {
  readonly target: { readonly host: string; readonly port: number };
  readonly sockets: Set<Socket>;
  readonly stranded: WeakSet<Socket>;
  readonly pieces: Buffer[];
  readonly frozen: (() => void)[];
  isFrozen: boolean;
  cut: Cut | undefined;
  skipped: number;
  cuts: number;
  alteration: Alteration | undefined;
  alterations: number;
  answer: Answer | undefined;
  answered: number;
};

/** A way to a server, on loopback, with the faults of a network. `down` ends it. */
export const tcpProxy = async (host: string, port: number): Promise<TcpProxy> => {
  const state: State = {
    target: { host, port },
    sockets: new Set(),
    stranded: new WeakSet(),
    pieces: [],
    frozen: [],
    isFrozen: false,
    cut: undefined,
    skipped: 0,
    cuts: 0,
    alteration: undefined,
    alterations: 0,
    answer: undefined,
    answered: 0,
  };
  const own = await listening(state, 0);
  let { server } = own;
  return {
    port: own.port,
    seen: (text) => state.pieces.filter((piece) => piece.includes(text, 0, 'latin1')).length,
    cutOnce: (cut) => {
      state.cut = cut;
      state.skipped = 0;
    },
    cuts: () => state.cuts,
    alterOnce: (alteration) => {
      state.alteration = alteration;
    },
    alterations: () => state.alterations,
    answerInstead: (answer) => void (state.answer = answer),
    answered: () => state.answered,
    freeze: () => void (state.isFrozen = true),
    thaw: () => {
      state.isFrozen = false;
      for (const pass of state.frozen.splice(0)) pass();
    },
    strand: () => {
      for (const socket of state.sockets) state.stranded.add(socket);
      return state.sockets.size / 2;
    },
    down: async () => {
      server.close();
      for (const socket of state.sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
    up: async () => void ({ server } = await listening(state, own.port)),
  };
};

const listening = async (state: State, port: number): Promise<{ server: Server; port: number }> => {
  const server = createServer((client) => {
    join(state, client);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return { server, port: address.port };
};

const join = (state: State, client: Socket): void => {
  const server = connect(state.target);
  let isLastAnswer = false;
  const end = tied(client, server, state.sockets);
  const cutNow = (): void => {
    state.cuts += 1;
    end();
  };
  client.on('data', (piece: Buffer) => {
    const cut = dueCut(state, piece);
    if (cut?.at === 'request') {
      cutNow();
      return;
    }
    if (cut?.at === 'reply') isLastAnswer = true;
    const answer = state.answer?.(piece);
    if (answer !== undefined) {
      state.answered += 1;
      pass(state, answer, client);
      return;
    }
    pass(state, altered(state, piece), server);
  });
  server.on('data', (piece: Buffer) => {
    if (isLastAnswer) cutNow();
    else pass(state, piece, client);
  });
};

const dueCut = (state: State, piece: Buffer): Cut | undefined => {
  const { cut } = state;
  if (cut === undefined || !piece.includes(cut.text, 0, 'latin1')) return undefined;
  state.skipped += 1;
  if (state.skipped <= (cut.skip ?? 0)) return undefined;
  state.cut = undefined;
  return cut;
};

const altered = (state: State, piece: Buffer): Buffer => {
  const { alteration } = state;
  if (alteration === undefined || !piece.includes(alteration.from, 0, 'latin1')) return piece;
  state.alteration = undefined;
  state.alterations += 1;
  return Buffer.from(piece.toString('latin1').replaceAll(alteration.from, alteration.to), 'latin1');
};

const pass = (state: State, piece: Buffer, to: Socket): void => {
  if (state.stranded.has(to)) return;
  state.pieces.push(piece);
  if (state.isFrozen) state.frozen.push(() => void to.write(piece));
  else to.write(piece);
};
