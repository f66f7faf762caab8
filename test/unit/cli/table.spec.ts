import { describe, expect, it } from 'vitest';
import { eventLine } from '../../../src/infra/cli/event-line.ts';
import { card, table } from '../../../src/infra/cli/table.ts';

describe('a table', () => {
  it('aligns its columns, shows members of members, and marks what is not there', () => {
    const items = [
      { name: 'a', waiting: { reason: 'worker-missing' }, steps: ['x', 'y'] },
      { name: 'a longer name', waiting: null, steps: [] },
    ];
    expect(table({ NAME: 'name', WAITING: 'waiting.reason', STEPS: 'steps' }, items)).toBe(
      [
        'NAME           WAITING         STEPS',
        'a              worker-missing  x, y',
        'a longer name  -               -',
        '',
      ].join('\n'),
    );
  });

  it('has its titles where there is nothing', () => {
    expect(table({ NAME: 'name' }, [])).toBe('NAME\n');
  });

  it('cuts a long text that others follow, and leaves the last one whole', () => {
    const long = 'x'.repeat(200);
    const [, row = ''] = table({ A: 'a', B: 'b' }, [{ a: long, b: long }]).split('\n');
    expect(row).toBe(`${'x'.repeat(79)}…  ${long}`);
  });

  it('lets no text of others steer the terminal', () => {
    const evil = 'fine\u001b[2J\u001b]0;title\u0007\r\nsecond\u202eline\u0000';
    for (const shown of [
      table({ A: 'a' }, [{ a: evil }]),
      card({ A: 'a' }, { a: evil }),
      eventLine({ type: evil }),
    ]) {
      expect(shown).toContain('fine');
      expect(shown.trimEnd()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
      expect(shown.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    }
  });
});
