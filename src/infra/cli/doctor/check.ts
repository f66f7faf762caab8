/** `warn`: worth a look, and no reason to fail. */
export type Check = {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly detail: string;
};

export const check = (name: string, state: Check['state'], detail: string): Check => ({
  check: name,
  state,
  detail,
});
