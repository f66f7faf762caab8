import type { Environment } from './environment.ts';

const SERVICE = 'novari.flyt.instance-service';
const API = 'novari.flyt.resource-server.security.api';
const RETENTION = `${SERVICE}.kafka.topic.instance-processing-events-retention-time`;

/**
 * The names that settings have in the reference's documents, in the environment or in a file. Of two names of one
 * setting the later one counts.
 */
export const DOCUMENTED: readonly (readonly [key: string, setting: string])[] = [
  ['fint.application-id', 'APPLICATION_ID'],
  ['fint.org-id', 'ORG_ID'],
  [`${SERVICE}.time-to-keep-instance-in-days`, 'INSTANCE_KEEP_DAYS'],
  [RETENTION, 'INSTANCE_EVENTS_RETENTION'],
  [`${RETENTION}-ms`, 'INSTANCE_EVENTS_RETENTION'],
  ['novari.kafka.topic.org-id', 'TOPIC_ORG_ID'],
  ['novari.kafka.topic.domain-context', 'TOPIC_DOMAIN_CONTEXT'],
  ['novari.kafka.default-replicas', 'TOPIC_REPLICAS'],
  ['server.servlet.context-path', 'BASE_PATH'],
  ['slack.webhook.url', 'SLACK_WEBHOOK_URL'],
  ['spring.security.oauth2.resourceserver.jwt.issuer-uri', 'JWT_ISSUER'],
  [`${API}.internal-client`, 'INTERNAL_CLIENTS'],
  [`${API}.internal.enabled`, 'INTERNAL_API'],
  [`${API}.internal.authorized-org-id-role-pairs-json`, 'ORGANISATION_ROLES'],
];

/** Documented too. An address of another kind of database must not be ignored in silence. */
const DATABASE = 'spring.datasource.url';

const storeIn = (url: string): 'MONGODB_URL' | 'EVENTSTOREDB_URL' | undefined => {
  if (/^mongodb(?:\+srv)?:/.test(url)) return 'MONGODB_URL';
  return /^(?:esdb|kurrentdb)(?:\+discover)?:/.test(url) ? 'EVENTSTOREDB_URL' : undefined;
};

export type Entries = readonly (readonly [key: string, value: string])[];

export type ReadSettings = (
  path: string,
) =>
  { readonly kind: 'ok'; readonly entries: Entries } | { readonly kind: 'flawed'; readonly detail: string };

export type GivenSettings = { readonly given: Environment; readonly problems: readonly string[] };

/**
 * Settings by their own names and by the documented ones, from the environment and from the file that CONFIG_FILE
 * names; the environment wins. Names are compared as Spring does: case, dots, dashes and underscores do not count.
 */
export const givenSettings = (env: Environment, read: ReadSettings): GivenSettings => {
  const ofEnvironment = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  );
  const file = fileSettings(env['CONFIG_FILE'], read);
  const places = [settled(file.entries), settled(ofEnvironment)] as const;
  const problems = [...file.problems, ...places.flatMap((place) => place.problems)];
  return { given: merged(places[0].found, places[1].found), problems };
};

const fileSettings = (
  path: string | undefined,
  read: ReadSettings,
): { readonly entries: Entries; readonly problems: readonly string[] } => {
  if (path === undefined || path === '') return { entries: [], problems: [] };
  const file = read(path);
  if (file.kind === 'flawed') return { entries: [], problems: [`CONFIG_FILE ${path}: ${file.detail}`] };
  const unknown = file.entries.filter(([key]) => isOurs(key) && !KNOWN.has(plain(key)));
  return {
    entries: file.entries.filter(([, value]) => value !== ''),
    problems: unknown.map(([key]) => `CONFIG_FILE ${path}: ${key} is no setting there is`),
  };
};

const plain = (name: string): string => name.toLowerCase().replaceAll(/[._-]/g, '');
const KNOWN: ReadonlySet<string> = new Set(DOCUMENTED.map(([key]) => plain(key)));

/** Only here can a name that is not known be told from one that is meant for somebody else. */
const isOurs = (key: string): boolean => plain(key).startsWith(plain(`${SERVICE}.`));

type Found = {
  /** By documented name, without what does not count in it. */
  readonly documented: ReadonlyMap<string, string>;
  readonly own: ReadonlyMap<string, string>;
};

/** What one place says, each name in whatever form, with what is wrong about it. */
const settled = (entries: Entries): { readonly found: Found; readonly problems: readonly string[] } => {
  const documented = new Map<string, string>();
  const problems: string[] = [];
  for (const [name, value] of entries) {
    const key = plain(name);
    problems.push(...problemsWith(name, value));
    if (!KNOWN.has(key) && key !== plain(DATABASE)) continue;
    const before = documented.get(key);
    if (before !== undefined && before !== value) problems.push(`${name} is set twice, to different values`);
    documented.set(key, value);
  }
  return { found: { documented, own: new Map(entries) }, problems };
};

const problemsWith = (name: string, value: string): readonly string[] => {
  const key = plain(name);
  if (key === plain(DATABASE) && storeIn(value) === undefined) return [`${name} ${NO_DATABASE}`];
  return KNOWN.has(key) && value.includes('${')
    ? [`${name} must hold a value: placeholders are not filled in`]
    : [];
};

const NO_DATABASE =
  'must be an address of MongoDB or EventStoreDB, or be left out: EVENTSTOREDB_URL and MONGODB_URL say where data is kept';

/**
 * From the least to the most: own names in the file, documented names in the file, those in the environment, own names
 * there. Documented names are put together first: which of two counts does not depend on where they stand.
 */
const merged = (file: Found, environment: Found): Environment => ({
  ...Object.fromEntries(file.own),
  ...fromDocumented(new Map([...file.documented, ...environment.documented])),
  ...Object.fromEntries(environment.own),
});

/** Where the documents say true and false. */
const SWITCHES: ReadonlyMap<string, string> = new Map([
  ['INTERNAL_API true', 'on'],
  ['INTERNAL_API false', 'off'],
]);

const fromDocumented = (documented: Found['documented']): Environment => {
  const url = documented.get(plain(DATABASE));
  const store = url === undefined ? undefined : storeIn(url);
  const known = DOCUMENTED.flatMap(([key, setting]) => {
    const value = documented.get(plain(key));
    return value === undefined ? [] : [[setting, SWITCHES.get(`${setting} ${value}`) ?? value] as const];
  });
  return Object.fromEntries(store === undefined || url === undefined ? known : [...known, [store, url]]);
};
