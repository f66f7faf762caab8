export type Route = {
  readonly kind: 'query' | 'command' | 'act' | 'probe' | 'work';
  readonly method: string;
  readonly path: string;
  /** Where the cursor of the next page goes; `cursor` unless given. */
  readonly cursorIn?: 'from';
};

/** What stands in the path and the query, by name, and the `body`. */
export type Input = Readonly<Record<string, unknown>>;

export type CallOptions = {
  /** Ends the call, and its retries, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Of a command: whatever is sent under the same key is carried out once. A new one for each call otherwise. */
  readonly idempotencyKey?: string | undefined;
  /** Of `runs.start` and `runs.get`: how long to wait for the run's end, 0 to 30. */
  readonly waitSeconds?: number | undefined;
  readonly correlationId?: string | undefined;
  /** The span that the call is below, as W3C's header of that name: a step hands on its own. */
  readonly traceparent?: string | undefined;
  /** For the whole call, retries included; 30,000 unless given, beyond what it asked the server to wait. */
  readonly deadlineMs?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

/** Sends a call and retries it as its kind allows. */
export type Send = <Answer>(route: Route, input: Input, options?: CallOptions) => Promise<Answer>;
