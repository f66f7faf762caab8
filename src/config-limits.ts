import { z } from 'zod';

const RATE_GROUPS = ['commands', 'queries', 'work', 'connections', 'exports'] as const;
/** Of each kind; far more than anybody has, and what a process still carries with ease. */
const QUOTAS = { orchestrations: 10_000, services: 10_000, topics: 10_000 };

const ENTRY = /^(?<name>[a-z]+)=(?<most>[1-9]\d{0,7})$/;

/** Numbers by name, as `one=5,other=10`. */
const amounts = <const Name extends string>(names: readonly Name[]) => {
  const entry = z.object({ name: z.enum(names), most: z.coerce.number() });
  const message = `must be entries like ${names[0]}=1000, separated by commas; of ${names.join(', ')}`;
  return z.string().transform((text, context): Readonly<Partial<Record<Name, number>>> => {
    const given: Partial<Record<Name, number>> = {};
    for (const each of text.split(',')) {
      const { data } = entry.safeParse(ENTRY.exec(each.trim())?.groups);
      if (data === undefined) {
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
      given[data.name] = data.most;
    }
    return given;
  });
};

/** How much there may be of what callers ask for. */
export const limitSettings = {
  /** Requests a minute of one caller, by group; one that is not named has no limit. */
  RATE_LIMITS: amounts(RATE_GROUPS).default({}),
  /** How many different names registrations may make, of each kind. */
  QUOTAS: amounts(['orchestrations', 'services', 'topics'])
    .transform((given) => ({ ...QUOTAS, ...given }))
    .default(QUOTAS),
} as const;
