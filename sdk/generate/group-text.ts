import { answersOf } from './description.ts';
import type { Operation } from './description.ts';
import type { Named } from './operations.ts';
import type { Shapes } from './shapes.ts';
import { fieldText, typeText } from './type-text.ts';

export type Call = { readonly key: string; readonly named: Named; readonly operation: Operation };

export const HEADER =
  '// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.\n';

/** The file of one group of calls. */
export const groupText = (group: string, calls: readonly Call[], shapes: Shapes): string => {
  const body = calls.map((call) => callText(call, shapes)).join('\n');
  const used = shapes.names.filter((name) => new RegExp(`\\b${name}\\b`).test(codeOf(body)));
  const json = /\bJson\b/.test(codeOf(body)) ? ['Json'] : [];
  const types = [...json, ...used].sort();
  return [
    HEADER,
    "import type { CallOptions, Send } from '../http/call.ts';",
    types.length === 0 ? '' : `import type { ${types.join(', ')} } from './shapes.ts';`,
    '',
    `export const ${group} = (send: Send) => ({${body}});`,
  ].join('\n');
};

const codeOf = (text: string): string => text.replaceAll(/\/\*\*.*?\*\//gs, '');

const callText = ({ key, named, operation }: Call, shapes: Shapes): string => {
  const [method = '', path = ''] = key.split(' ');
  const answers = answersOf(operation).map((schema) => typeText(schema, shapes.nameOf, 'answer'));
  const answer = [...new Set(answers)].join(' | ');
  const route = JSON.stringify({ kind: named.kind, method, path, ...pagingOf(operation) });
  return `
    /** ${operation.summary.replaceAll('*/', '')}: \`${key}\`. */
    ${named.name}: (${inputText(operation, shapes)}, options?: CallOptions) =>
      send<${answer}>(${route}, input, options),`;
};

/** What is read by position goes on from a position: it has no other cursor. */
const pagingOf = ({ parameters, responses }: Operation): { readonly cursorIn?: 'from' } => {
  const takes = (wanted: string): boolean => parameters.some(({ name }) => name === wanted);
  const isPaged = JSON.stringify(responses).includes('"nextCursor"');
  return isPaged && takes('from') && !takes('cursor') ? { cursorIn: 'from' } : {};
};

const inputText = (operation: Operation, shapes: Shapes): string => {
  const parameters = operation.parameters.filter(keepsTheAnswer).map(({ name, required, schema }) =>
    fieldText({
      name,
      type: parameterType(typeText(schema, shapes.nameOf, 'input')),
      isRequired: required,
      direction: 'input',
    }),
  );
  const fields = [...parameters, ...bodyField(operation, shapes)];
  const isNeeded = operation.parameters.some(({ required }) => required) || isBodyNeeded(operation);
  if (fields.length === 0) return 'input: Readonly<Record<string, never>> = {}';
  return `input: { ${fields.join(' ')} }${isNeeded ? '' : ' = {}'}`;
};

/** One that asks for another kind of answer would make a lie of the type. */
const keepsTheAnswer = ({ schema }: Operation['parameters'][number]): boolean =>
  schema['x-answers'] === undefined;

/** In an address everything is text: a number may be given as either. */
const parameterType = (type: string): string => (type === 'number' ? 'string | number' : type);

const isBodyNeeded = ({ requestBody }: Operation): boolean =>
  requestBody?.required === true && !isRaw(requestBody.content);

const isRaw = (content: object): boolean => 'application/octet-stream' in content;

const bodyField = ({ requestBody }: Operation, shapes: Shapes): readonly string[] => {
  if (requestBody === undefined) return [];
  const { required, content } = requestBody;
  // Any bytes, or any value that JSON can hold.
  if (isRaw(content)) return ['readonly body?: unknown;'];
  const type = typeText(content['application/json']?.schema ?? {}, shapes.nameOf, 'input');
  return [fieldText({ name: 'body', type, isRequired: required, direction: 'input' })];
};
