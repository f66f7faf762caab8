import type { Liveness } from '../../domain/liveness.ts';
import type { WorkerHeartbeatInput } from './inputs.ts';
import type { Presence } from './presence.ts';

/** Notes that a service is alive and answers how it stands. Never an event, and no proof that it takes work. */
export const heartbeatWorker =
  (presence: Presence) =>
  ({ service }: WorkerHeartbeatInput): Liveness => {
    presence.heartbeat(service);
    return presence.livenessOf(service);
  };
