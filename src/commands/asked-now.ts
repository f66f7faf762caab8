import type { Clock } from '../infra/clock/port.ts';
import type { CallContext } from './context.ts';

export type AskedDeps = { readonly clock: Pick<Clock, 'now'>; readonly isShared: boolean };

/** Where servers may keep a call waiting, one after the other, all its waits count from now on. */
export const askedNow =
  ({ clock, isShared }: AskedDeps) =>
  <Input, Output>(
    handler: (input: Input, context: CallContext) => Output,
  ): ((input: Input, context: CallContext) => Output) =>
    isShared ? (input, context) => handler(input, { ...context, askedAt: clock.now() }) : handler;
