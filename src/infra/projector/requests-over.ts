import type { Calls } from './calls.ts';
import type { ProjectorRequests, Refusal } from './port.ts';

/** What operators ask for, put to a projector elsewhere. */
export const requestsOver = ({ call }: Pick<Calls, 'call'>): ProjectorRequests => ({
  rebuild: async (projection, { acceptChanges }) =>
    (await call<'rebuild'>({ method: 'rebuild', projection, acceptChanges })) ?? UNAVAILABLE,
  verify: async (projection) => (await call<'verify'>({ method: 'verify', projection })) ?? UNAVAILABLE,
  rollback: async (projection) => (await call<'rollback'>({ method: 'rollback', projection })) ?? UNAVAILABLE,
  unblock: async (projection, id) =>
    (await call<'unblock'>({ method: 'unblock', projection, id })) ?? UNAVAILABLE,
});

const UNAVAILABLE: Refusal = {
  kind: 'refused',
  code: 'projector_unavailable',
  detail: 'the projector is restarting',
};
