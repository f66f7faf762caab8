type Node = Readonly<Record<string, unknown>>;
type Member = readonly [string, unknown];

/** The only schema that is referred to is the one that holds itself: any JSON. */
const JSON_VALUE = { Json: { description: 'Any JSON value.' } };
const UNNAMED = /^#\/components\/schemas\/schema\d+$/;

/**
 * The description with schemas that hold on their own: what they refer to is there, and what is sent is not called
 * read-only, as the generator calls every list that this program does not change.
 */
export const withPlainSchemas = (document: object): object => {
  const members: Node = Object.fromEntries(Object.entries(document).map(plain));
  const components = nodeOf(members['components']);
  const schemas = { ...nodeOf(components['schemas']), ...JSON_VALUE };
  return { ...members, components: { ...components, schemas } };
};

const plain = ([name, value]: Member): Member => {
  if (name === '$ref' && UNNAMED.test(String(value))) return [name, '#/components/schemas/Json'];
  return [name, plainValue(value)];
};

const plainValue = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isNode(value)) return value;
  // A property of that name has a schema, not true.
  const members = Object.entries(value).filter(([name, each]) => name !== 'readOnly' || each !== true);
  return Object.fromEntries(members.map(plain));
};

const nodeOf = (value: unknown): Node => (isNode(value) ? value : {});

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;
