import type { Answers, Call } from './messages.ts';

export type Answer = Answers[Call['method']];

/** The way to whichever process keeps the read models up, from any other. */
export type ProjectorMailbox = {
  /** Undefined where nobody has answered within ten seconds. */
  readonly ask: (call: Call) => Promise<Answer | undefined>;
  /** Answers what is asked, one after the other, until the signal aborts. Only one process serves at a time. */
  readonly serve: (perform: (call: Call) => Promise<Answer>, signal: AbortSignal) => Promise<void>;
};
