import { createHash } from 'node:crypto';
import { isWitness, orderLine } from '../../../domain/checkpoint.ts';
import type { CoveredHead, SeenEvent, SignedCheckpoint } from '../../../domain/checkpoint.ts';
import type { Finding } from './heads.ts';

type Mark = { readonly revision: number; readonly hash: string; readonly number: number };
type Covered = { readonly marks: Mark[]; next: number; reached: number };

export type Coverage = {
  /** What a checkpoint signed; in their order. */
  readonly add: (checkpoint: SignedCheckpoint, heads: readonly CoveredHead[]) => void;
  /** A checkpoint whose list of heads cannot be used: what it covers looks like covered by none. */
  readonly addUnknown: () => void;
  /** The next event in the log's order. */
  readonly seen: (event: SeenEvent) => readonly Finding[];
  /** What was signed and did not come. */
  readonly missing: () => readonly Finding[];
  /** Whether the events stand in the order that was signed: what each checkpoint says of its own. */
  readonly orderFlaws: () => readonly Finding[];
  readonly counts: () => { readonly covered: number; readonly notYetCovered: number };
};

const SHOWN = 100;

/**
 * Compares events with the heads that checkpoints signed. What is covered is a beginning of the log: an event that
 * no checkpoint covers, before one that is covered, was put there later.
 *
 * @param isIn which streams are looked at at all; undefined: all of them, and their order in the log too
 */
export const coverageOf = (isIn?: (stream: string) => boolean): Coverage => {
  const streams = new Map<string, Covered>();
  const order = orderCheck();
  const counts = { covered: 0, notYetCovered: 0 };
  let uncovered: SeenEvent[] = [];
  let isPartial = false;
  const inserted = (number: number): readonly Finding[] => {
    const found = isPartial ? [] : uncovered.map((event) => insertedBefore(event, number));
    uncovered = [];
    counts.notYetCovered = isPartial ? counts.notYetCovered : 0;
    return found;
  };
  return {
    add: (checkpoint, heads) => {
      if (isIn === undefined) order.add(checkpoint);
      for (const [stream, revision, hash] of heads)
        if (isIn?.(stream) ?? true) addMark(streams, stream, { revision, hash, number: checkpoint.number });
    },
    addUnknown: () => {
      isPartial = true;
    },
    seen: (event) => {
      if (isWitness(event.stream)) return [];
      order.seen(event);
      const covered = streams.get(event.stream);
      const last = covered?.marks.at(-1);
      if (covered === undefined || last === undefined || event.revision > last.revision) {
        counts.notYetCovered += 1;
        if (uncovered.length < SHOWN) uncovered.push(event);
        return [];
      }
      counts.covered += 1;
      return [...inserted(last.number), ...compared(covered, event)];
    },
    missing: () => [...streams].flatMap(([stream, covered]) => missingOf(stream, covered)),
    orderFlaws: order.flaws,
    counts: () => ({ ...counts }),
  };
};

const addMark = (streams: Map<string, Covered>, stream: string, mark: Mark): void => {
  const known = streams.get(stream);
  if (known === undefined) streams.set(stream, { marks: [mark], next: 0, reached: -1 });
  else known.marks.push(mark);
};

const compared = (covered: Covered, { stream, revision, hash }: SeenEvent): readonly Finding[] => {
  covered.reached = Math.max(covered.reached, revision);
  while ((covered.marks[covered.next]?.revision ?? Infinity) < revision) covered.next += 1;
  const mark = covered.marks[covered.next];
  if (mark?.revision !== revision || mark.hash === hash) return [];
  return [{ stream, revision, detail: `it is not the event that checkpoint ${mark.number} signed` }];
};

const insertedBefore = ({ stream, revision }: SeenEvent, number: number): Finding => ({
  ...{ stream, revision },
  detail: `no checkpoint signed it, and it stands before events of checkpoint ${number}`,
});

const missingOf = (stream: string, { marks, reached }: Covered): readonly Finding[] => {
  const lost = marks.find(({ revision }) => revision > reached);
  if (lost === undefined) return [];
  const what = reached < 0 ? 'the stream is not there' : 'the stream ends too early';
  const signed = `checkpoint ${lost.number} signed it up to revision ${lost.revision}`;
  return [{ stream, revision: reached + 1, detail: `${what}: ${signed}` }];
};

/** Digests of as many events as each checkpoint says. */
const orderCheck = () => {
  const expected: SignedCheckpoint[] = [];
  const flaws: Finding[] = [];
  let at = 0;
  let left: number | undefined;
  let digest = createHash('sha256');
  return {
    add: (checkpoint: SignedCheckpoint): void => {
      if (checkpoint.events > 0) expected.push(checkpoint);
    },
    seen: (event: SeenEvent): void => {
      const checkpoint = expected[at];
      if (checkpoint === undefined) return;
      digest.update(orderLine(event));
      left = (left ?? checkpoint.events) - 1;
      if (left > 0) return;
      if (digest.digest('hex') !== checkpoint.order) flaws.push(disordered(event, checkpoint));
      digest = createHash('sha256');
      left = undefined;
      at += 1;
    },
    flaws: (): readonly Finding[] => flaws,
  };
};

const disordered = ({ stream, revision }: SeenEvent, { number, events }: SignedCheckpoint): Finding => ({
  ...{ stream, revision },
  detail: `the ${events} events up to here do not stand in the order that checkpoint ${number} signed`,
});
