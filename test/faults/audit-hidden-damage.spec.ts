// Damage by which an audit of the file could be misled, or never come to its end.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { auditOffline } from '../../src/infra/cli/audit/offline.ts';
import type { Scope } from '../../src/infra/cli/audit/witness.ts';
import { auditRanges } from '../../src/infra/event-store/embedded/audit-threads.ts';
import { openAudit } from '../../src/infra/event-store/embedded/audit-log.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { appendTo, witnessing } from '../support/witnessed-log.ts';

const silent = { at: () => undefined, end: () => undefined };

/** Two streams of three events each, not signed where nothing else is said. */
const damagedLog = async (sql: string, isSigned = false): Promise<string> => {
  const dataDir = freshDirectory();
  const store = await embeddedEventStore({ dataDir });
  for (const stream of ['saga-a', 'saga-b']) {
    let head = await appendTo(store, stream, NO_STREAM);
    while (head.revision < 2) head = await appendTo(store, stream, head);
  }
  if (isSigned) await witnessing(store).sign();
  await store.close();
  const path = join(dataDir, 'log.db');
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
  return path;
};

const audit = (path: string, scope: Scope = { kind: 'everything' }) => {
  const localLog = {
    open: () => {
      const { audit: checked, ...rest } = openAudit(path);
      const steps = (stream: string | undefined) => {
        const one = checked(stream);
        return one === undefined ? undefined : { total: one.total, steps: auditRanges(path, one.total, 1) };
      };
      return { kind: 'open' as const, log: { ...rest, audit: steps } };
    },
  };
  return auditOffline({ localLog, text: () => undefined }, scope, silent);
};

describe('an audit of the file', () => {
  it('finds events of one stream that changed places, also where no checkpoint covers them', async () => {
    const path = await damagedLog(`
      UPDATE events SET position = 99 WHERE position = 2;
      UPDATE events SET position = 2 WHERE position = 3;
      UPDATE events SET position = 3 WHERE position = 99`);
    expect(await audit(path)).toMatchObject({
      isIntact: false,
      findings: [
        { stream: 'saga-a', revision: 2, detail: 'it stands behind revision 0 in the log' },
        { stream: 'saga-a', revision: 1, detail: 'it stands behind revision 2 in the log' },
      ],
    });
  });

  it('names an event of which nothing is left', async () => {
    const path = await damagedLog(`UPDATE events SET body = x'' WHERE position = 2`);
    expect(await audit(path)).toMatchObject({
      isIntact: false,
      findings: expect.arrayContaining([
        expect.objectContaining({ stream: 'saga-a', revision: 1 }),
      ]) as object,
    });
  });

  it('knows whether the checkpoints were signed for this log', async () => {
    const other = '0191e1f0-0000-7000-8000-000000000000';
    expect(await audit(await damagedLog('SELECT 1', true))).toMatchObject({ isIntact: true, checkpoints: 1 });
    const path = await damagedLog(`UPDATE meta SET value = '${other}' WHERE key = 'logId'`, true);
    const detail = expect.stringContaining(`the log says it is ${other}`) as string;
    expect(await audit(path)).toMatchObject({ isIntact: false, findings: [{ stream: 'meta', detail }] });
  });

  it('finds what was put before the first position: a changed event, in a signed log', async () => {
    const path = await damagedLog(
      `UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'note', 'vote') AS BLOB) WHERE position = 1;
       UPDATE events SET position = position - 1000;
       UPDATE events SET position = position + 999`,
      true,
    );
    const found = [{ stream: 'unknown', detail: '1 events stand before position 1' }];
    expect(await audit(path)).toMatchObject({ isIntact: false, findings: found });
  });

  it('finds that a stream is gone which was signed, also where it is asked for by its name', async () => {
    const path = await damagedLog(
      `DELETE FROM events WHERE stream_id = (SELECT id FROM streams WHERE name = 'saga-a');
       DELETE FROM streams WHERE name = 'saga-a'`,
      true,
    );
    const detail = expect.stringContaining('the stream is not there: checkpoint 1 signed it') as string;
    expect(await audit(path, { kind: 'stream', name: 'saga-a' })).toMatchObject({
      isIntact: false,
      findings: [{ stream: 'saga-a', revision: 0, detail }],
    });
    await expect(audit(path, { kind: 'stream', name: 'saga-c' })).rejects.toThrow('Stream not found');
  });

  it('comes to its end where somebody wrote a position that no log has', async () => {
    const path = await damagedLog('UPDATE events SET position = 1000000000000 WHERE position = 6');
    expect(await audit(path)).toMatchObject({ isIntact: false, events: 6 });
  });
});
