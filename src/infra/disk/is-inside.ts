import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';

/** Whether a path is a directory or below it: by name, or by where links lead. */
export const isInside = (path: string, directory: string): boolean => {
  const [below, above] = [resolve(path), resolve(directory)];
  return isBelow(below, above) || isBelow(realOf(below), realOf(above));
};

const isBelow = (path: string, directory: string): boolean => {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

const realOf = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : resolve(realOf(dirname(path)), relative(dirname(path), path));
  }
};
