import { reject } from '../../domain/decider.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { NamesSoFar } from './names-so-far.ts';
import type { Registrant } from './record-attempt.ts';
import type { RegisterInput } from './register-input.ts';
import { roleOf } from './register-outcome.ts';

type Quota = 'orchestrations' | 'services' | 'topics';
/** How many different names there may be: of orchestrations, of services that work, of topics for their tasks. */
export type Quotas = Readonly<Record<Quota, number>>;
export type QuotaCode = `too_many_${Quota}`;

type Asked = Registrant & Partial<Pick<RegisterInput, 'steps' | 'transport'>>;
/** Why a registration would need a name more than there may be; undefined where it does not. */
export type OverQuota = (asked: Asked) => Rejection<QuotaCode> | undefined;

/**
 * Counts what this process has followed of the log: registrations at the same moment may pass the quota together. What is
 * there already is never refused, however much there is.
 */
export const createQuota =
  ({ names }: { readonly names: NamesSoFar }, most: Quotas): OverQuota =>
  (asked) => {
    const { orchName, service } = asked;
    if (!names.hasOrchestration(orchName) && names.orchestrations() >= most.orchestrations)
      return full('orchestrations', most, '/orchName');
    if (roleOf(asked) !== 'worker') return undefined;
    if (!names.hasService(service) && names.services() >= most.services) return full('services', most);
    const more = newTopics(asked, names);
    return more > 0 && names.topics() + more > most.topics ? full('topics', most, '/transport') : undefined;
  };

const newTopics = ({ orchName, steps = [], transport }: Asked, { hasTopic }: NamesSoFar): number =>
  transport === 'kafka'
    ? new Set(steps.flatMap(({ name }) => (hasTopic(orchName, name) ? [] : [name]))).size
    : 0;

const full = (quota: Quota, most: Quotas, pointer?: string) =>
  reject(`too_many_${quota}`, `there are as many ${quota} as there may be here: ${most[quota]}`, pointer);
