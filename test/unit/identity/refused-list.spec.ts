import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/infra/identity/port.ts';
import { refusalsIn } from '../../../src/infra/identity/refusals.ts';
import { refusedFile } from '../../../src/infra/identity/refused-file.ts';
import { exitCodeOf } from '../../../src/infra/process/exit-codes.ts';
import { parseStrictJson } from '../../../src/infra/strict-input/strict-json.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';

const NINE = '2026-03-10T09:00:00Z';
const nine = Date.parse(NINE);
const silent: Principal = { subject: 'erik', roles: ['viewer'], expiresAt: nine };
const erik: Principal = { ...silent, tokenId: 't-1', issuedAt: nine };

describe('a list of refused tokens', () => {
  it.each<[string, object, Principal, boolean]>([
    ['nobody where it is empty', {}, erik, false],
    ['a token by its id', { tokens: ['t-0', 't-1'] }, erik, true],
    ['no other token', { tokens: ['t-0', 'erik'] }, erik, false],
    ['no token without an id', { tokens: ['t-1'] }, silent, false],
    ['all of a subject', { subjects: [{ sub: 'erik' }] }, erik, true],
    ['nothing of another subject', { subjects: [{ sub: 'eri' }, { sub: 't-1' }] }, erik, false],
    [
      'what was issued before',
      { subjects: [{ sub: 'erik', issuedBefore: '2026-03-10T09:00:01Z' }] },
      erik,
      true,
    ],
    ['nothing that was issued then', { subjects: [{ sub: 'erik', issuedBefore: NINE }] }, erik, false],
    ['what does not say when', { subjects: [{ sub: 'erik', issuedBefore: NINE }] }, silent, true],
    [
      'by the widest of several moments',
      { subjects: [{ sub: 'erik' }, { sub: 'erik', issuedBefore: NINE }] },
      erik,
      true,
    ],
    [
      'by moments of any zone',
      { subjects: [{ sub: 'erik', issuedBefore: '2026-03-10T08:59:59-01:00' }] },
      erik,
      true,
    ],
    ['a subject of any name', { subjects: [{ sub: '__proto__' }] }, { ...erik, subject: '__proto__' }, true],
    [
      'nobody by what objects have',
      { subjects: [{ sub: 'erik' }] },
      { ...erik, subject: 'constructor' },
      false,
    ],
  ])('refuses %s', (_what, list, principal, expected) => {
    expect(refusalsIn(list)(principal)).toBe(expected);
  });

  it.each<[string, unknown]>([
    ['no object', []],
    ['a name that is not known', { subject: [] }],
    ['a text for a list', { tokens: 't-1' }],
    ['an empty id', { tokens: [''] }],
    ['a subject that is a text', { subjects: ['erik'] }],
    ['a moment without a zone', { subjects: [{ sub: 'erik', issuedBefore: '2026-03-10T09:00:00' }] }],
    ['another member of a subject', { subjects: [{ sub: 'erik', before: NINE }] }],
    ['too many tokens', { tokens: Array.from({ length: 10_001 }, (_, n) => `t-${n}`) }],
    ['too many subjects', { subjects: Array.from({ length: 4001 }, (_, n) => ({ sub: `s-${n}` })) }],
  ])('is none with %s', (_what, list) => {
    expect(() => refusalsIn(list)).toThrow(/^JWT_REFUSED_FILE is no list of refused tokens/);
  });
});

describe('the file with the list', () => {
  const written = (text: string | Buffer) => {
    const path = join(freshDirectory(), 'refused.json');
    writeFileSync(path, text);
    return { path, load: refusedFile(path, parseStrictJson) };
  };

  it('is read as it is now', async () => {
    const { path, load } = written('{}');
    const before = await load();
    expect(await load()).toBe(before);
    writeFileSync(path, '{"tokens":["t-1"]}');
    expect([before(erik), (await load())(erik)]).toEqual([false, true]);
  });

  it('may be as full as a list may be', async () => {
    const full = {
      tokens: Array.from({ length: 10_000 }, (_, n) => `9f1c0a52-7f0e-4a35-8f0b-${n}`),
      subjects: Array.from({ length: 4000 }, (_, n) => ({ sub: `subject-${n}`, issuedBefore: NINE })),
    };
    expect((await written(JSON.stringify(full)).load())({ ...erik, subject: 'subject-3999' })).toBe(false);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /is not JSON/],
    ['half a list', '{"tokens":["t-1"', /is not JSON/],
    ['a name twice', '{"tokens":["t-1"],"tokens":[]}', /is not JSON/],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /is not JSON/],
    ['more than 1 MiB', ' '.repeat(1024 * 1024 + 1), /1048576 bytes at most/],
  ])('is refused with %s in it', async (_what, text, says) => {
    await expect(written(text).load()).rejects.toThrow(says);
  });

  it('is a file, and there: anything else is a wrong setting', async () => {
    const { path, load } = written('{}');
    await load();
    rmSync(path);
    const gone = await load().catch((error: unknown) => error);
    expect([exitCodeOf(gone), String(gone)]).toEqual([78, expect.stringContaining('(ENOENT)')]);
    mkdirSync(path);
    await expect(load()).rejects.toThrow('must name a file');
  });
});
