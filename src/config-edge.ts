import { z } from 'zod';
import type { Environment } from './environment.ts';

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a whole number from 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a whole number from 0 to 65535');

/** Settings of addresses beside the one of the API. */
export const edgeSettings = {
  /** Under which everything is served too: a deployment behind an address that several share. */
  BASE_PATH: z
    .string()
    .regex(/^(?:\/[A-Za-z0-9_-]{1,60}){1,5}$/, 'must be like /org or /beta/org')
    .optional(),
  /** Where metrics and health are served without a token, on the same host; 0: any free port. */
  METRICS_PORT: port.optional(),
} as const;

/** What is wrong with addresses beside one another. */
export const edgeConflicts = ({ PORT = '8080', METRICS_PORT }: Environment): readonly string[] =>
  METRICS_PORT !== undefined && Number(METRICS_PORT) !== 0 && Number(METRICS_PORT) === Number(PORT)
    ? ['METRICS_PORT must be another port than PORT: /metrics is served there too, to whoever may read it']
    : [];
