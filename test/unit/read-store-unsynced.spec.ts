import { existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { operationsOn } from '../../src/infra/read-store/embedded/connection-operations.ts';
import {
  isSpoilt,
  markingDamage,
  openReadFile,
  openSoundReadFile,
} from '../../src/infra/read-store/embedded/read-file.ts';
import { onceFileServes } from '../../src/infra/read-store/embedded/synced.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { at, runs } from '../support/read-documents.ts';

const IOERR = 10;
const FULL = 2;

/** A projector's connection, and that of the thread that fills with it. */
const opened = (dataDir = freshDirectory()) => {
  const path = join(dataDir, 'read.db');
  const [own, other] = [openReadFile(path).db, openReadFile(path).db];
  onTestFinished(() => {
    own.close();
    other.close();
  });
  const [projector, filler] = [operationsOn(own), operationsOn(other, onceFileServes(path))];
  const level = (): unknown => own.prepare('PRAGMA synchronous').get()?.['synchronous'];
  const fill = (name: string, generation: number): void => {
    projector.fill({ ...runs, name }, generation);
    filler.write([{ slot: { name, generation }, rows: [], checkpoint: at(generation) }]);
  };
  const serve = (name: string, generation: number): void => {
    projector.seal({ ...runs, name }, generation);
    projector.switchTo({ name, generation });
  };
  return { dataDir, path, own, fill, serve, level, isMarked: () => existsSync(`${path}.unsynced`) };
};

/** A file and a directory with a link to it. */
const linkedFile = () => {
  const [path, linked] = [join(freshDirectory(), 'read.db'), freshDirectory()];
  openReadFile(path).db.close();
  symlinkSync(path, join(linked, 'read.db'));
  return { path, linked };
};

describe('a file of read models that nobody is served from', () => {
  it('is marked while it is filled, until the first switch', () => {
    const { fill, serve, level, isMarked } = opened();
    expect(isMarked()).toBe(false);
    fill('a', 1);
    fill('b', 1);
    expect(isMarked()).toBe(true);
    serve('a', 1);
    expect([isMarked(), level()]).toEqual([false, FULL]);
    serve('b', 1);
    expect([isMarked(), level()]).toEqual([false, FULL]);
  });

  it('is not, once it serves: neither for another collection nor beside what is live', () => {
    const { fill, serve, isMarked } = opened();
    fill('a', 1);
    serve('a', 1);
    fill('a', 2);
    fill('b', 1);
    expect(isMarked()).toBe(false);
  });

  it('may hold what is live and empty', () => {
    const { own, fill, serve, isMarked } = opened();
    operationsOn(own).fill({ ...runs, name: 'empty' }, 1);
    serve('empty', 1);
    fill('a', 1);
    expect(isMarked()).toBe(true);
  });

  it('is marked where it is, not where a link to it is', () => {
    const { path, linked } = linkedFile();
    const { fill, serve } = opened(linked);
    fill('a', 1);
    expect(existsSync(`${path}.unsynced`)).toBe(true);
    serve('a', 1);
    expect(existsSync(`${path}.unsynced`)).toBe(false);
  });

  it('keeps the mark of an earlier fill where it cannot be marked again', () => {
    const { path, fill, isMarked } = opened();
    mkdirSync(`${path}.unsynced`);
    expect(() => {
      fill('a', 1);
    }).toThrow('EISDIR');
    expect(isMarked()).toBe(true);
  });

  it('does not switch while a reader keeps it from the disk, and stays marked', () => {
    const { path, own, fill, serve, isMarked } = opened();
    fill('a', 1);
    const reader = openReadFile(path).db;
    onTestFinished(() => {
      reader.close();
    });
    reader.exec('BEGIN; SELECT * FROM slots');
    fill('a', 1);
    own.exec('PRAGMA busy_timeout = 0');
    expect(() => {
      serve('a', 1);
    }).toThrow('readers keep it from being brought to the disk');
    expect(isMarked()).toBe(true);
    expect(operationsOn(own).generations('a').live).toBe(null);
    reader.exec('COMMIT');
    serve('a', 1);
    expect(isMarked()).toBe(false);
  });
});

describe('a file that is marked', () => {
  it('is begun anew where it is, not where a link to it is', () => {
    const { path, linked } = linkedFile();
    opened(linked).fill('a', 1);
    const { db, recreated } = openSoundReadFile(join(linked, 'read.db'));
    expect([recreated, db.location()]).toEqual(['unfinished', realpathSync(path)]);
    db.close();
    expect(existsSync(`${path}.unsynced`)).toBe(false);
  });

  it('is dropped by the next start, once', () => {
    const { dataDir, path, fill } = opened();
    fill('a', 1);
    const { db, recreated } = openSoundReadFile(path);
    expect(recreated).toBe('unfinished');
    expect(operationsOn(db).generations('a')).toEqual({ live: null, previous: null, filling: null });
    db.close();
    const again = openSoundReadFile(join(dataDir, 'read.db'));
    expect(again.recreated).toBe(undefined);
    again.db.close();
  });

  it('is spoilt by a disk that fails: what is lost may be told only once', () => {
    const { dataDir, path, fill } = opened();
    const failing = (): never => {
      throw Object.assign(new Error('disk I/O error'), { errcode: IOERR });
    };
    const fail = (): void => {
      expect(() => markingDamage(path, failing)).toThrow('disk I/O error');
    };
    fail();
    expect(isSpoilt(dataDir)).toBe(false);
    fill('a', 1);
    fail();
    expect(isSpoilt(dataDir)).toBe(true);
  });
});
