import type { Position } from '../event-store/port.ts';
import type { Frame } from '../session/port.ts';
import type { EventClient } from './event-client.ts';

type Sent = { readonly position: Position; readonly frame: Frame };

/** Events that go to many clients, in log order, at least one. */
type Burst = {
  readonly sent: readonly Sent[];
  readonly frames: readonly Frame[];
  readonly first: Position;
  readonly last: Position;
  readonly isShort: boolean;
};

/** More characters than this are offered one by one: the client may be full before it has them all. */
const SHORT = 64 * 1024;

export const burstOf = (sent: readonly Sent[]): Burst | undefined => {
  const [first, last] = [sent[0], sent.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const frames = sent.map(({ frame }) => frame);
  const characters = frames.reduce((sum, { members }) => sum + members.length, 0);
  return { sent, frames, first: first.position, last: last.position, isShort: characters <= SHORT };
};

/** False where the client did not take all. What it has got before is left out. */
export const isTaken = (client: EventClient, burst: Burst): boolean =>
  isTakenWhole(client, burst) || isTakenOneByOne(client, burst);

const isTakenWhole = (client: EventClient, { isShort, first, last, frames }: Burst): boolean =>
  isShort && client.after() < first && client.offerAll(frames, last);

const isTakenOneByOne = (client: EventClient, { sent }: Burst): boolean =>
  sent.every(({ position, frame }) => position <= client.after() || client.offer(frame, position));
