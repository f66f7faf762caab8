/** Held until it is released or not renewed in time. */
export type Lease = {
  readonly name: string;
  readonly holder: string;
  /** Grows with every change of holder: what an earlier holder still does can be told by its lower token. */
  readonly token: number;
};

/**
 * Who does what only one process should do. Leases save work; correctness comes from the log's expected revisions and
 * from checkpoints that never go back. Nobody compares clocks of two machines: a lease lapses for whoever has
 * seen it unrenewed for its whole length on its own clock.
 */
export type Leases = {
  /**
   * Takes a lease nobody holds, or whose holder has let it lapse; the holder itself gets what it holds. Undefined
   * while somebody else holds it. @param ttlMs 100–600,000
   */
  readonly acquire: (name: string, holder: string, ttlMs: number) => Promise<Lease | undefined>;
  /** True while it is still held; false once somebody else took it: stop at once. */
  readonly renew: (lease: Lease) => Promise<boolean>;
  /** Lets others take it at once. Releasing what is not held changes nothing. */
  readonly release: (lease: Lease) => Promise<void>;
  /** Leases that are held, for operators. */
  readonly held: () => Promise<readonly Lease[]>;
};
