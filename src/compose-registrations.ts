import { asked, askedNow } from './commands/asked-now.ts';
import type { AskedDeps } from './commands/asked-now.ts';
import { createQuota } from './commands/orchestration/quota.ts';
import type { Quotas } from './commands/orchestration/quota.ts';
import { refuseRegistration, register } from './commands/orchestration/register.ts';
import type { RegisterDeps } from './commands/orchestration/register.ts';
import type { Directory } from './commands/task/directory.ts';

/** What registers, within the quotas of this deployment. */
export const registrationsOf = (deps: RegisterDeps & AskedDeps, directory: Directory, quotas: Quotas) => {
  const within = { ...deps, overQuota: createQuota(directory, quotas) };
  const now = asked(deps);
  const refuse = refuseRegistration(within);
  return {
    register: askedNow(deps)(register(within)),
    refuseRegistration: (...[who, refusal, context]: Parameters<typeof refuse>) =>
      refuse(who, refusal, now(context)),
  };
};
