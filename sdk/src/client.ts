import { feeds } from './feed/feeds.ts';
import { deadLetters } from './generated/dead-letters.ts';
import { events } from './generated/events.ts';
import { healing } from './generated/healing.ts';
import { audit } from './generated/audit.ts';
import { instances } from './generated/instances.ts';
import { orchestrations } from './generated/orchestrations.ts';
import { projections } from './generated/projections.ts';
import { replay } from './generated/replay.ts';
import { runs } from './generated/runs.ts';
import { schemas } from './generated/schemas.ts';
import { service } from './generated/service.ts';
import { streams } from './generated/streams.ts';
import { tasks } from './generated/tasks.ts';
import { timers } from './generated/timers.ts';
import { workers } from './generated/workers.ts';
import { baseOf } from './http/address.ts';
import { RETRY } from './http/retry.ts';
import type { Retry } from './http/retry.ts';
import { sender } from './http/send.ts';
import { tokenSourceOf } from './http/token.ts';

export type ClientOptions = {
  /** Where Skald serves, like `http://127.0.0.1:8080`. */
  readonly url: string | URL;
  /** A bearer token. */
  readonly token?: string | undefined;
  /** Asked for a token before every request, and again when one was refused. Wins over `token`. */
  readonly tokenProvider?: (() => string | Promise<string>) | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** How often, and how far apart, a call that failed in passing is tried; 8 times, 50 ms to 5 s, unless given. */
  readonly retry?: Partial<Retry> | undefined;
};

/**
 * Every command, query and feed of a Skald. Calls throw a SkaldProblem where Skald refuses and a SkaldUnreachable
 * where it does not answer. What failed in passing is retried within the call's deadline, never earlier than
 * `Retry-After` says; a command is carried out once, however often it is sent.
 * @throws TypeError for what is no address.
 */
export const client = (options: ClientOptions) => {
  const base = baseOf(options.url);
  const token = tokenSourceOf(options);
  const fetchIt = options.fetch ?? fetch;
  const send = sender({ base, token, fetch: fetchIt, retry: { ...RETRY, ...options.retry } });
  return {
    orchestrations: orchestrations(send),
    runs: runs(send),
    tasks: tasks(send),
    workers: workers(send),
    healing: healing(send),
    timers: timers(send),
    streams: streams(send),
    events: events(send),
    deadLetters: deadLetters(send),
    instances: instances(send),
    audit: audit(send),
    replay: replay(send),
    projections: projections(send),
    schemas: schemas(send),
    service: service(send),
    feed: feeds({ base, token, fetch: fetchIt }),
  };
};
export type Client = ReturnType<typeof client>;
