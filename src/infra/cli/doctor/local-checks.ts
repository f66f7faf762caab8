import { resolve } from 'node:path';
import type { Call } from '../call.ts';
import { messageOf } from '../errors.ts';
import { check } from './check.ts';
import type { Check } from './check.ts';

const OLDEST = { node: [24, 0, 0], sqlite: [3, 51, 3] } as const;

type Deps = Pick<Call, 'localLog' | 'text' | 'version'>;

/** This program, what it runs on, and the data directory. */
export const localChecks = (call: Deps): readonly Check[] => [
  check('skald', 'ok', `this program is ${call.version}`),
  versionCheck('node', process.versions.node, OLDEST.node),
  versionCheck('sqlite', process.versions['sqlite'] ?? 'unknown', OLDEST.sqlite),
  dataDirCheck(call),
];

const versionCheck = (name: string, found: string, oldest: readonly number[]): Check =>
  isOlder(found, oldest)
    ? check(name, 'fail', `${found} is older than ${oldest.join('.')}`)
    : check(name, 'ok', found);

const isOlder = (found: string, oldest: readonly number[]): boolean => {
  const parts = found.split('.').map(Number);
  const at = oldest.findIndex((wanted, index) => parts[index] !== wanted);
  // A version that cannot be read counts as too old.
  return at !== -1 && !((parts[at] ?? 0) > (oldest[at] ?? 0));
};

const STATES = {
  absent: ['skipped', 'holds no log: another machine, or nothing was started here yet'],
  'in-use': ['ok', 'a Skald process has it open'],
  free: ['ok', 'nobody has it open'],
} as const;

const dataDirCheck = ({ localLog, text }: Deps): Check => {
  const dataDir = resolve(text('dataDir') ?? '.');
  try {
    const opened = localLog.open(dataDir);
    if (opened.kind === 'open') opened.log.close();
    const [state, words] = STATES[opened.kind === 'open' ? 'free' : opened.kind];
    return check('data directory', state, `${dataDir} ${words}`);
  } catch (error) {
    return check('data directory', 'fail', `${dataDir}: ${messageOf(error)}`);
  }
};
