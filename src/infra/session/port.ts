import { z } from 'zod';
import type { WhenRefused } from '../identity/port.ts';

/** A frame on its way out. `members` is JSON without its braces: what stands beside `type`, ready to be sent. */
export type Frame = {
  readonly type: string;
  /** On events only: who has seen the event continues from here. */
  readonly cursor?: string;
  readonly members: string;
};

export type CloseReason =
  | 'ended'
  | 'draining'
  | 'binary'
  | 'policy'
  | 'too_big'
  | 'slow'
  | 'unavailable'
  | 'unauthenticated'
  | 'forbidden'
  | 'authentication_timeout'
  | 'too_many_connections'
  | 'flood';

/** What a transport lends a session: the way to one client. */
export type Outlet = {
  /** Sends a whole frame; `id` is the one the client gave what it is about. Does nothing once the connection is closing. */
  readonly send: (frame: Frame, id?: string) => void;
  /** True while too much waits for the client to read: only control frames may be sent. */
  readonly isFull: () => boolean;
  readonly close: (reason: CloseReason) => void;
};

/** An outlet that takes many frames as cheaply as one. */
export type BurstOutlet = Outlet & {
  /** The same as `send` for each, in order. The same list for many clients is put together once. */
  readonly sendAll: (frames: readonly Frame[], id?: string) => void;
};

/** An outlet whose client can be kept waiting: false reads nothing more of what it sends, true goes on. */
export type HearingOutlet = Outlet & { readonly listen: (isListening: boolean) => void };

/** Why a message is no JSON: where in it (JSON Pointer), and how many characters from its start. */
type TextFlaw = {
  readonly code: string;
  readonly detail: string;
  readonly pointer: string;
  readonly offset: number;
};

/** A message of a client: its JSON value where it was JSON, its size in bytes; a ping counts as a message. */
export type Received =
  | { readonly kind: 'json'; readonly value: unknown; readonly bytes: number }
  | { readonly kind: 'malformed'; readonly flaw: TextFlaw; readonly bytes: number }
  | { readonly kind: 'ping'; readonly bytes: number };

/** The server's side of one connection that carries frames both ways. */
export type Session = {
  readonly receive: (message: Received) => void;
  /** To be called when the outlet stops being full. */
  readonly drained: () => void;
  /**
   * The server goes away: the session says what its client should know and closes the outlet with `draining`, within
   * seconds. Without it the connection is closed at once.
   */
  readonly leave?: () => void;
  /**
   * To be called when the connection is closing for a reason, or (undefined) is gone: stops what is under way. Calls
   * after the first change nothing.
   */
  readonly end: (why?: CloseReason) => void;
};

/** What a client may do, and until when. */
export type Access = {
  readonly subject: string;
  /** In milliseconds since the Unix epoch; null: until the connection ends. */
  readonly expiresAt: number | null;
  /** Where it can be taken back before: tells of that. */
  readonly whenRefused?: WhenRefused | undefined;
};

/** What a token that came in a frame gives access to, or why the connection is closed. Rejects where nobody can tell. */
export type Admit<Allowed extends Access> = (token: string) => Promise<Allowed | CloseReason>;

/** How a connection begins. Without either, nothing can be done on it. */
export type Entry<Allowed extends Access> = {
  /** What its handshake has shown already. */
  readonly access: Allowed | undefined;
  /** Takes tokens from then on; undefined where there are none, and every `auth` frame is welcome. */
  readonly admit: Admit<Allowed> | undefined;
};

/** What a client calls something of its own: a subscription, or a message whose answer it waits for. */
export const frameId = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'must be 1 to 64 letters, digits or . _ : -');

/** What is wrong with a message, place by place; `in` is there because answers over HTTP have it. */
export const frameErrors = z
  .array(z.strictObject({ in: z.literal('body'), pointer: z.string(), code: z.string(), detail: z.string() }))
  .readonly();

export const authFrame = z.strictObject({ type: z.literal('auth'), token: z.string().min(1).max(4000) });
