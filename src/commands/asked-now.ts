import type { Clock } from '../infra/clock/port.ts';
import type { CallContext } from './context.ts';

export type AskedDeps = { readonly clock: Pick<Clock, 'now'>; readonly isShared: boolean };

/** Where servers may keep a call waiting, one after the other, all its waits count from now on. */
export const asked =
  ({ clock, isShared }: AskedDeps) =>
  (context: CallContext): CallContext =>
    isShared ? { ...context, askedAt: clock.now() } : context;

/** The same for every call of a handler. */
export const askedNow =
  (deps: AskedDeps) =>
  <Input, Output>(
    handler: (input: Input, context: CallContext) => Output,
  ): ((input: Input, context: CallContext) => Output) => {
    const now = asked(deps);
    return deps.isShared ? (input, context) => handler(input, now(context)) : handler;
  };
