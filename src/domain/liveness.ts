import { z } from 'zod';

/**
 * What is known of a service by what was heard of it. `live`: it takes work, or would. `silent`: nothing was heard
 * for too long. `deaf`: it is heard but takes nothing while work lies on offer for it. `unseen`: nothing was heard
 * of it since this process started. Times are RFC 3339.
 */
export const liveness = z.strictObject({
  state: z.enum(['live', 'silent', 'deaf', 'unseen']),
  lastPollAt: z.string().nullable(),
  lastHeartbeatAt: z.string().nullable(),
  lastClaimAt: z.string().nullable(),
});
export type Liveness = Readonly<z.infer<typeof liveness>>;

export type LivenessOf = (service: string) => Liveness;
/** The same where it may have to be read first: of the past only the log knows. */
export type StandingOf = (service: string) => Liveness | Promise<Liveness>;
