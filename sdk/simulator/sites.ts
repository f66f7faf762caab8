/** Where the surroundings of the engine can go wrong. */
export type PortSite =
  | 'append-reply-lost'
  | 'append-not-applied'
  | 'append-lands-later'
  | 'append-lands-twice'
  | 'append-delayed'
  | 'append-reply-late'
  | 'read-fails'
  | 'delivery-late'
  | 'delivery-in-pieces'
  | 'delivery-repeats'
  | 'delivery-reorders'
  | 'delivery-gap'
  | 'log-fails'
  | 'call-reply-lost'
  | 'poll-reply-returned'
  | 'queue-fails'
  | 'queue-reply-lost'
  | 'keys-fail'
  | 'lease-fails'
  | 'lease-reply-lost'
  | 'snapshot-is-lost'
  | 'snapshot-is-old'
  | 'claims-are-lost';

export type PortFaults = {
  /** Whether it goes wrong here and now; counted when it does. */
  readonly hits: (site: PortSite) => boolean;
  /** Not drawn, only counted: what follows from several processes writing at once. */
  readonly saw: (site: 'append-conflict' | 'several-worlds') => void;
};

/** What the simulated surroundings do to a call; never a fault of the engine. */
export class SimulatedFault extends Error {
  override readonly name = 'SimulatedFault';
}
