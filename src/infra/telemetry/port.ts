/** What is told of a request once it was answered. */
export type ServedRequest = {
  readonly method: string;
  /** The template of its route; undefined where none fits. */
  readonly route: string | undefined;
  readonly status: number;
  /** From its headers to the last byte of its answer. */
  readonly seconds: number;
};

/** Called for every request that was answered. Cheap; never throws. */
export type RequestMeter = (served: ServedRequest) => void;

/** Called with how a command ended, and for a refusal with its code. Cheap; never throws. */
export type CommandMeter = (command: string, outcome: string, code?: string) => void;

/** Everything that is measured, in Prometheus' text format. */
export type Exposition = {
  readonly contentType: string;
  /**
   * Never rejects: what cannot be read within 3 s is left out, and counted. Callers at the same time share one look.
   */
  readonly render: () => Promise<string>;
};

/** What is measured of a process, as its edges need it. */
export type Measured = {
  readonly exposition: Exposition;
  readonly served: RequestMeter;
  /** Appends are refused because the disk is full. */
  readonly isLogFull: () => boolean;
};
