// Whatever is done to a log that was signed, an audit names it: at random, on both logs.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditOffline } from '../../src/infra/cli/audit/offline.ts';
import type { AuditReport } from '../../src/infra/cli/audit/report.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { auditRanges, inTurns } from '../../src/infra/event-store/embedded/audit-threads.ts';
import { openAudit } from '../../src/infra/event-store/embedded/audit-log.ts';
import { damageFile } from '../support/log-damage.ts';
import type { Damage } from '../support/log-damage.ts';
import { aDouble, openedStore } from '../support/event-store-db.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { auditStore } from '../support/audit-store.ts';
import { damageRecords } from '../support/record-damage.ts';
import { seededPick } from '../support/seeded-pick.ts';
import { witnessedLog } from '../support/witnessed-log.ts';

const LONG = { timeout: 240_000 };
const TIMES = 500;
const silent = { at: () => undefined, end: () => undefined };

type World = Awaited<ReturnType<typeof witnessedLog>>;

const coveredIn = ({ written }: World): ReadonlyMap<string, number> =>
  new Map(written.filter(({ isCovered }) => isCovered).map(({ stream, revision }) => [stream, revision]));

const named = ({ findings }: AuditReport, { streams }: Damage): boolean =>
  findings.some(
    ({ stream, detail }) =>
      streams.includes(stream) ||
      streams.some(
        (name) => detail.includes(name) || (name === 'the order' && /order|signed it/.test(detail)),
      ),
  );

const auditFile = (path: string, { text }: World, isThreaded = false): Promise<AuditReport> => {
  const localLog = {
    open: () => {
      const { audit, ...rest } = openAudit(path);
      const steps = (stream: string | undefined) => {
        const one = audit(stream);
        if (one === undefined) return undefined;
        return { total: one.total, steps: isThreaded ? auditRanges(path, one.total, 2) : inTurns(one) };
      };
      return { kind: 'open' as const, log: { ...rest, audit: steps } };
    },
  };
  return auditOffline({ localLog, text }, { kind: 'everything' }, silent);
};

const embeddedWorld = async () => {
  const dataDir = freshDirectory();
  const store = await embeddedEventStore({ dataDir });
  const world = await witnessedLog(store, 12, 4);
  await store.close();
  return { world, path: join(dataDir, 'log.db') };
};

describe('an audit of the embedded log', () => {
  it('finds nothing where nothing was done, in one thread or in several', LONG, async () => {
    const { world, path } = await embeddedWorld();
    const [one, many] = [await auditFile(path, world), await auditFile(path, world, true)];
    expect(one).toMatchObject({ isIntact: true, checkpoints: 3, keySource: 'given', notYetCovered: 5 });
    expect(one.covered).toBe(world.written.length - 5);
    expect(many).toEqual(one);
  });

  it(`names each of ${TIMES} random damages`, LONG, async () => {
    const { world, path } = await embeddedWorld();
    const { pick, seed } = seededPick();
    const covered = coveredIn(world);
    const copy = join(freshDirectory(), 'log.db');
    const missed: string[] = [];
    for (let at = 0; at < TIMES; at += 1) {
      copyFileSync(path, copy);
      const damage = damageFile(copy, pick, covered);
      const report = await auditFile(copy, world);
      if (report.isIntact || !named(report, damage))
        missed.push(`${damage.what}: ${JSON.stringify(report.findings.slice(0, 3))}`);
    }
    expect(missed, `seed ${seed}`).toEqual([]);
  });
});

describe('an audit of the log on EventStoreDB, over the double', () => {
  it(`names each of ${TIMES} random damages`, LONG, async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url, namespace: 'n1' });
    const world = await witnessedLog(store, 10, 3);
    const intact = await auditStore(store, world.text);
    expect(intact).toMatchObject({ isIntact: true, checkpoints: 3, notYetCovered: 5 });
    const { pick, seed } = seededPick();
    const covered = coveredIn(world);
    const missed: string[] = [];
    for (let at = 0; at < TIMES; at += 1) {
      const { damage, undo } = damageRecords(double.log, pick, covered);
      const { store: fresh } = await openedStore({ url: double.url, namespace: 'n1' });
      const report = await auditStore(fresh, world.text);
      await fresh.close();
      undo();
      if (report.isIntact || !named(report, damage))
        missed.push(`${damage.what}: ${JSON.stringify(report.findings.slice(0, 3))}`);
    }
    expect(missed, `seed ${seed}`).toEqual([]);
  });
});
