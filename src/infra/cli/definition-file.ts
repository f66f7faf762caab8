import { parseDocument } from 'yaml';
import { usageError } from './errors.ts';
import { readGiven } from './given-file.ts';

/**
 * A registration from a file, JSON or YAML, as the server takes it.
 * @throws CliError where the file cannot be read, or holds nothing of the kind.
 */
export const readDefinition = async (path: string): Promise<object> => {
  const document = parseDocument((await readGiven(path)).toString());
  const [error] = document.errors;
  if (error !== undefined) throw usageError(`${path} is neither JSON nor YAML: ${error.message}`);
  const value: unknown = document.toJS();
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw usageError(`${path} holds no registration: orchName, as, type, steps`);
};
