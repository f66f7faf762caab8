// A PostgreSQL of its own in a temporary directory, on loopback, with the settings it comes with.
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const PORT = 5432;

/** On the path, or where Debian puts it; undefined where there is none. */
export const pgCtl = (): string | undefined => {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'pg_ctl'));
  const packaged = globSync('/usr/lib/postgresql/*/bin/pg_ctl').toSorted().toReversed();
  return [...onPath, ...packaged].find((path) => existsSync(path));
};

/** PostgreSQL does not run as root: then as the user its package made, or as nobody. */
const unprivileged = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (user: string, which: string): number =>
    Number(execFileSync('id', [which, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: idOf('postgres', '-u'), gid: idOf('postgres', '-g') };
  } catch {
    return { uid: idOf('nobody', '-u'), gid: idOf('nobody', '-g') };
  }
};

export const startPostgres = () => {
  const program = pgCtl();
  if (program === undefined) throw new Error('there is no pg_ctl');
  const dataDir = mkdtempSync(join(tmpdir(), 'skald-postgres-'));
  const user = unprivileged();
  if (user !== undefined) chownSync(dataDir, user.uid, user.gid);
  const ctl = (...args: readonly string[]): void => {
    // Not a pipe for its output: the server would keep that open.
    execFileSync(program, ['--pgdata', dataDir, '--silent', ...args], {
      ...user,
      cwd: dataDir,
      stdio: 'ignore',
    });
  };
  ctl('initdb', '--options', '--username=bench --auth=trust --encoding=UTF8');
  const listening = `-c listen_addresses=127.0.0.1 -c port=${PORT} -c unix_socket_directories=${dataDir}`;
  ctl('start', '--wait', '--log', join(dataDir, 'log'), '--options', listening);
  return {
    address: `postgresql://bench@127.0.0.1:${PORT}/bench`,
    stop: (): void => {
      ctl('stop', '--wait', '--mode', 'fast');
      rmSync(dataDir, { recursive: true });
    },
  };
};
