import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operationsOn } from '../../src/infra/read-store/embedded/connection-operations.ts';
import type { Connection } from '../../src/infra/read-store/embedded/connection.ts';
import { connectionTo } from '../../src/infra/read-store/embedded/connection.ts';
import { countsBy } from '../../src/infra/read-store/embedded/counts.ts';
import { pageOf } from '../../src/infra/read-store/embedded/page.ts';
import { openReadFile } from '../../src/infra/read-store/embedded/read-file.ts';
import { slotsOf } from '../../src/infra/read-store/embedded/slots.ts';
import type { Condition, Keyset, Query } from '../../src/infra/read-store/port.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { lines, runs } from '../support/read-documents.ts';

/** How the engine would carry out every statement that `use` prepares. */
const plansOf = (use: (connection: Connection) => unknown, spec = runs): readonly string[] => {
  const { db } = openReadFile(join(freshDirectory(), 'read.db'));
  const operations = operationsOn(db);
  operations.fill(spec, 1);
  operations.seal(spec, 1);
  operations.switchTo({ name: spec.name, generation: 1 });
  const connection = connectionTo(db);
  const prepared: string[] = [];
  const prepare: Connection['prepare'] = (sql) => {
    prepared.push(sql);
    return connection.prepare(sql);
  };
  use({ db, prepare });
  const plans = prepared.flatMap((sql) =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail)),
  );
  db.close();
  return plans;
};

const isOpen: Condition = { field: 'status', op: 'eq', value: 'OPEN' };
const plansOfPage = (where: readonly Condition[], direction: 'asc' | 'desc', after?: Keyset) => {
  const query: Query = { where, sort: { field: 'size', direction }, limit: 50, ...(after && { after }) };
  return plansOf((connection) =>
    pageOf(connection, slotsOf(connectionTo(connection.db)).live(runs.name), query),
  );
};

describe('a page of an embedded collection', () => {
  const keysets: readonly (Keyset | undefined)[] = [
    undefined,
    { value: 5, id: 'a' },
    { value: null, id: 'a' },
  ];
  for (const direction of ['asc', 'desc'] as const)
    for (const after of keysets) {
      const name = `going ${direction} after ${JSON.stringify(after?.value)}`;

      it(`is read in order from the compound index, ${name}`, () => {
        const plans = plansOfPage([isOpen], direction, after);
        expect(plans.length).toBeGreaterThan(0);
        for (const plan of plans)
          expect(plan).toMatch(/^SEARCH documents_1 USING INDEX documents_1_0 \(f\d=\?/);
      });

      it(`is read in order from the sort field's index, ${name}`, () => {
        const plans = plansOfPage([], direction, after);
        expect(plans.length).toBeGreaterThan(0);
        for (const plan of plans)
          expect(plan).toMatch(/^(SEARCH|SCAN) documents_1 USING INDEX documents_1_1\b/);
      });
    }

  it('is found through the range of its ids where they begin with the value', () => {
    const where: Condition[] = [{ field: 'order', op: 'eq', value: 'a' }];
    const query: Query = { where, sort: { field: 'number', direction: 'asc' }, limit: 50 };
    const plans = plansOf(
      (connection) => pageOf(connection, slotsOf(connectionTo(connection.db)).live(lines.name), query),
      lines,
    );
    expect(plans[0]).toBe('SEARCH documents_1 USING INDEX sqlite_autoindex_documents_1_1 (id>? AND id<?)');
  });

  it('is found through the elements of an indexed list', () => {
    const plans = plansOfPage([{ field: 'steps', op: 'contains', value: 'ship' }], 'asc');
    expect(plans.join('\n')).toContain('SEARCH elements_1_steps USING');
  });

  it('is found through a range of the index where text starts with the prefix', () => {
    const plans = plansOfPage([{ field: 'status', op: 'prefix', value: 'OP' }], 'asc');
    expect(plans.join('\n')).toContain('USING INDEX documents_1_0 (f2>? AND f2<?)');
  });
});

describe('counts of an embedded collection', () => {
  it('are read from the index', () => {
    const plans = plansOf((connection) =>
      countsBy(connection, slotsOf(connectionTo(connection.db)).live(runs.name), 'size', [isOpen]),
    );
    expect(plans).toEqual([expect.stringMatching(/^SEARCH documents_1 USING INDEX documents_1_0 \(f\d=\?/)]);
  });
});
