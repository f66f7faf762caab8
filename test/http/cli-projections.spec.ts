import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { cliWorld } from '../support/cli-world.ts';
import { jsonOf, linesOf } from '../support/skald-cli.ts';

const LONG = { timeout: 60_000 };

/** Changes a document behind everybody's back. */
const corrupt = (dataDir: string, flowId: string): void => {
  const db = new DatabaseSync(join(dataDir, 'read.db'), { timeout: 5000 });
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'documents_[0-9]*' AND type = 'table'")
    .all();
  const changed = tables.map(({ name }) => {
    const sql = `UPDATE ${String(name)} SET body = json_set(body, '$.owner', 'mallory') WHERE id = ? AND body LIKE '%"waitedMs"%'`;
    return Number(db.prepare(sql).run(flowId).changes);
  });
  db.close();
  expect(changed.reduce((sum, count) => sum + count, 0)).toBe(1);
};

describe('skald projections', () => {
  it('lists them, verifies and rebuilds one, and rolls it back', LONG, async () => {
    const { skald, completed } = await cliWorld();
    await completed();
    const [text, lines] = await Promise.all([
      skald('projections', 'list'),
      skald('projections', 'list', '-o', 'jsonl'),
    ]);
    expect(text.stdout).toMatch(/^sagas +live +\d+/m);
    const before = linesOf(lines.stdout).find(({ name }) => name === 'sagas');
    const none = await skald('projections', 'rollback', 'sagas', '--yes');
    expect(none).toMatchObject({ exitCode: 4 });
    expect(none.stderr).toContain('no_previous_generation');

    const verified = await skald('projections', 'verify', 'sagas');
    expect(verified).toMatchObject({ exitCode: 0, stderr: '' });
    expect(verified.stdout).toMatch(/^RESULT +verified$/m);
    const rebuilt = jsonOf(await skald('projections', 'rebuild', 'sagas', '--yes', '-o', 'json'));
    expect(rebuilt).toMatchObject({
      result: { kind: 'switched', comparison: { isEqual: true, documents: 1 } },
    });
    const back = jsonOf(await skald('projections', 'rollback', 'sagas', '--yes', '-o', 'json'));
    expect(back).toMatchObject({ generation: before?.['generation'] });
    expect(await skald('projections', 'verify', 'nothing')).toMatchObject({ exitCode: 3 });
  });

  it(
    'names a document that was changed by hand, keeps it, and mends it where that is accepted',
    LONG,
    async () => {
      const { skald, completed, dataDir } = await cliWorld();
      const flowId = await completed();
      // A verification waits for the projection to be up to date: the document is there then.
      expect(await skald('projections', 'verify', 'sagas')).toMatchObject({ exitCode: 0 });
      corrupt(dataDir, flowId);
      const drift = await skald('projections', 'verify', 'sagas');
      expect(drift.exitCode).toBe(1);
      expect(drift.stdout).toMatch(new RegExp(`^${flowId} +changed +owner$`, 'm'));
      expect(drift.stderr).toContain('1 documents are not what the log makes of them');

      const kept = await skald('projections', 'rebuild', 'sagas', '--yes');
      expect(kept.exitCode).toBe(1);
      expect(kept.stderr).toContain('the live one was kept (--accept-changes)');
      const mended = await skald(
        'projections',
        'rebuild',
        'sagas',
        '--yes',
        '--accept-changes',
        '-o',
        'json',
      );
      expect(jsonOf(mended)).toMatchObject({ result: { kind: 'switched', comparison: { differing: 1 } } });
      const started = await skald('projections', 'verify', 'sagas', '--no-wait');
      expect(started).toMatchObject({ exitCode: 0, stderr: '' });
      expect(started.stdout).toContain('started');
    },
  );
});
