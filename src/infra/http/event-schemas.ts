import { readFileSync, readdirSync } from 'node:fs';

/** The form of an event type's data, as it was published with one of its versions. */
export type EventSchema = {
  readonly type: string;
  readonly version: string;
  /** New events have this version. */
  readonly isCurrent: boolean;
  /** JSON Schema 2020-12. */
  readonly schema: object;
};

const FOLDER = new URL('../../schemas/', import.meta.url);
const FILE = /^(?<type>[A-Za-z]+)@(?<version>\d+\.\d+)\.json$/;

/**
 * Every form an event of any log may have: `<type>@<version>.json` in `src/schemas`, added with each new type and
 * version and never edited. Read once, when it is first asked for.
 */
export const readEventSchemas = (): readonly EventSchema[] => {
  const files = readdirSync(FOLDER).flatMap((file) => {
    const { type, version } = FILE.exec(file)?.groups ?? {};
    return type === undefined || version === undefined ? [] : [{ type, version, file }];
  });
  const versionsOf = Map.groupBy(files, ({ type }) => type);
  return [...versionsOf.values()].flatMap((versions) => {
    const inOrder = versions.toSorted((one, other) => order(one.version) - order(other.version));
    return inOrder.map(({ type, version, file }, index) => ({
      ...{ type, version, isCurrent: index === inOrder.length - 1 },
      schema: schemaIn(file),
    }));
  });
};

const MINORS = 1000;

const order = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * MINORS + minor;
};

const schemaIn = (file: string): object => {
  const parsed: unknown = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`${file} holds no JSON Schema`);
  return parsed;
};
