import type { Liveness } from '../domain/liveness.ts';

/** How a service stands; of the past only the log knows, which has to be read. */
export type StandingOf = (service: string) => Liveness | Promise<Liveness>;
