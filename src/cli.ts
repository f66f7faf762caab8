import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cliConfig, overrideSettings } from './cli-config.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { backUp } from './infra/backup/backup.ts';
import { BackupDamaged } from './infra/backup/errors.ts';
import { restore } from './infra/backup/restore.ts';
import type { LocalLog } from './infra/cli/audit/local-log.ts';
import type { Backups } from './infra/cli/backup/backups.ts';
import { CLI_EXIT } from './infra/cli/exit-codes.ts';
import { processIo } from './infra/cli/io.ts';
import { runCli } from './infra/cli/program.ts';
import { systemClock } from './infra/clock/system.ts';
import { openAudit } from './infra/event-store/embedded/audit-log.ts';
import { auditRanges, inTurns } from './infra/event-store/embedded/audit-threads.ts';
import { beginEpoch } from './infra/event-store/embedded/epochs.ts';
import { marksIn, rewindFollowers } from './infra/event-store/embedded/rewind.ts';
import { hashOfStored, ZERO_HASH } from './infra/event-store/hash.ts';
import { DataDirLocked, lockDataDir } from './infra/lock/embedded.ts';
import { parseStrictJson } from './infra/strict-input/strict-json.ts';

const manifest = z.object({ version: z.string() });
const readVersion = (): string =>
  manifest.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;

// Threads take a moment to start.
const INLINE_EVENTS = 30_000;

const localLog: LocalLog = {
  open: (dataDir) => {
    const path = join(dataDir, 'log.db');
    if (!existsSync(path)) return { kind: 'absent' };
    const lock = lockOf(dataDir);
    if (lock === undefined) return { kind: 'in-use' };
    try {
      const { logId, audit, seen, read, close } = openAudit(path);
      const closeBoth = () => {
        close();
        lock.release();
      };
      const asked = (stream: string | undefined) => {
        const one = audit(stream);
        if (one === undefined) return undefined;
        const { total } = one;
        const isLarge = stream === undefined && total > INLINE_EVENTS;
        return { total, steps: isLarge ? auditRanges(path, total) : inTurns(one) };
      };
      return { kind: 'open', log: { logId, audit: asked, seen, read, close: closeBoth } };
    } catch (error) {
      lock.release();
      throw error;
    }
  },
};

/** @throws BackupDamaged */
const verifyLog = async (dataDir: string): Promise<number> => {
  const log = openAudit(join(dataDir, 'log.db'));
  try {
    const { total, steps } = log.audit(undefined) ?? { total: 0, steps: [] };
    for (const { findings } of steps) {
      const [first] = findings;
      if (first !== undefined)
        throw new BackupDamaged(`${first.stream}, revision ${String(first.revision)}: ${first.detail}`);
      await nextTurn();
    }
    return total;
  } finally {
    log.close();
  }
};

const backups: Backups = {
  make: (dataDir, to, onPages) =>
    backUp({ clock: systemClock(), marksIn, verify: verifyLog }, { dataDir, to, onPages }),
  restore: (from, dataDir) => restore({ rewindFollowers, beginEpoch, verify: verifyLog }, { from, dataDir }),
};

const lockOf = (dataDir: string) => {
  try {
    return lockDataDir(dataDir);
  } catch (error) {
    if (error instanceof DataDirLocked) return undefined;
    throw error;
  }
};

let isServing = false;
// Whoever reads has seen enough, as in: skald stream read … | head
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  if (isServing) throw error;
  process.stderr.write(`skald: the output cannot be written: ${error.message}\n`);
  process.exit(CLI_EXIT.failure);
});
// Nobody reads what is said: the exit code tells all the same.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const exit = await runCli(
  {
    io: processIo(process),
    clock: systemClock(),
    version: readVersion(),
    defaults: cliConfig(),
    serve: (settings) => {
      isServing = true;
      overrideSettings(settings);
      return import('./main.ts');
    },
    chain: {
      zero: ZERO_HASH,
      hash: hashOfStored,
    },
    localLog,
    strictJson: parseStrictJson,
    backups,
  },
  process.argv.slice(2),
);
// A server that was started here has its own exit code.
if (exit !== 0) process.exitCode = exit;
