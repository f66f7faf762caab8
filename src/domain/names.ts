import { z } from 'zod';

/** Names of orchestrations and steps (decision 17 in docs/rules.md). */
export const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,79}$/, 'must match [A-Za-z][A-Za-z0-9._-]{0,79}');

/** Names of services follow the same rule: they become part of stream names and routes. */
export const serviceName = name;

/** What callers may ask for: `<category>-<id>`, and its first part and the type of an event alone. */
export const STREAM_NAME = /^[a-z][a-z0-9]*-[A-Za-z0-9._:-]{1,90}$/;
export const CATEGORY_NAME = /^[a-z][a-z0-9]{0,39}$/;
export const EVENT_TYPE = /^[A-Z][A-Za-z0-9]{0,79}$/;

export const stepAction = z.enum(['do', 'undo']);
export type StepAction = z.infer<typeof stepAction>;
export type OnAction = { readonly step: string; readonly action: StepAction };

/** The way a step's work reaches its worker. */
export const transport = z.enum(['http', 'kafka']);
export type Transport = z.infer<typeof transport>;
