import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openClaimJournal } from '../../src/infra/task-queue/claim-journal.ts';
import type { ClaimJournal, HeldClaim } from '../../src/infra/task-queue/claim-journal.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import type { Task } from '../../src/infra/task-queue/port.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const freshPath = (): string => join(freshDirectory(), 'claims.journal');
const copyOf = (path: string): string => {
  const copy = freshPath();
  copyFileSync(path, copy);
  return copy;
};
const held = (taskId: string, leaseUntil = 31_000): HeldClaim => ({
  taskId,
  attempt: 1,
  claim: { by: 'worker', at: 1000, leaseUntil, deadline: 61_000 },
});
const task = (taskId: string, attempt = 1): Task => ({
  taskId,
  route: 'o/s',
  flowId: 'f',
  orchName: 'o',
  step: 's',
  action: 'do',
  attempt,
  iteration: 0,
  timeoutMs: 60_000,
});
const request = { routes: ['o/s'], by: 'worker', max: 1000, now: 1000, leaseMs: 30_000 };

describe('claim journal', () => {
  it('tells after a restart who holds what', () => {
    const path = freshPath();
    const before = openClaimJournal(path);
    before.put([held('a'), held('b')]);
    before.put([held('a', 50_000)]);
    before.remove('b');
    before.close();
    const after = openClaimJournal(path);
    expect(after.heldBy('a')).toEqual(held('a', 50_000));
    expect(after.heldBy('b')).toBeUndefined();
    after.close();
  });

  it('ends claims as much earlier as the clock has gone back over a restart', () => {
    const path = freshPath();
    const day = 86_400_000;
    const before = openClaimJournal(path);
    const lease = { leaseUntil: 10 * day + 30_000, deadline: 10 * day + 60_000 };
    before.put([{ taskId: 'a', attempt: 1, claim: { by: 'worker', at: 10 * day, ...lease } }]);
    before.close();
    // The clock that dates files is not the one that claims were made by.
    utimesSync(path, 20 * 86_400, 20 * 86_400);
    const after = openClaimJournal(path, 9 * day);
    const moved = { by: 'worker', at: 9 * day, leaseUntil: 9 * day + 30_000, deadline: 9 * day + 60_000 };
    expect(after.heldBy('a')?.claim).toEqual(moved);
    after.close();
    utimesSync(path, 20 * 86_400, 20 * 86_400);
    const later = openClaimJournal(path, 9 * day + 10_000);
    expect(later.heldBy('a')?.claim).toEqual(moved);
    later.close();
  });

  it('leaves claims as they are where only the file server is some seconds ahead', () => {
    const path = freshPath();
    const claim = { by: 'worker', at: 1_000_000, leaseUntil: 1_030_000, deadline: 1_060_000 };
    const before = openClaimJournal(path);
    before.put([{ taskId: 'a', attempt: 1, claim }]);
    before.close();
    for (let restart = 0; restart < 10; restart += 1) {
      utimesSync(path, 1005, 1005);
      const after = openClaimJournal(path, 1_000_100);
      expect(after.heldBy('a')?.claim).toEqual(claim);
      after.close();
    }
  });

  it('writes what is over along with what is written next, at the latest when it is closed', () => {
    const path = freshPath();
    const before = openClaimJournal(path);
    before.put([held('a'), held('b'), held('c')]);
    before.forget('a');
    expect(before.heldBy('a')).toBeUndefined();
    const lookedAt = openClaimJournal(copyOf(path));
    expect(lookedAt.heldBy('a')).toEqual(held('a'));
    lookedAt.close();
    before.put([held('a', 50_000)]);
    before.forget('b');
    before.close();
    const after = openClaimJournal(path);
    expect(['a', 'b', 'c'].map((id) => after.heldBy(id))).toEqual([held('a', 50_000), undefined, held('c')]);
    after.close();
  });

  it('ignores a last line torn at any byte, and goes on behind it', () => {
    const path = freshPath();
    const before = openClaimJournal(path);
    before.put([held('a')]);
    const whole = statSync(path).size;
    before.put([held('b')]);
    before.close();
    const content = readFileSync(path);
    for (let size = whole; size < content.length - 1; size += 7) {
      writeFileSync(path, content);
      truncateSync(path, size);
      const torn = openClaimJournal(path);
      expect([torn.heldBy('a'), torn.heldBy('b')]).toEqual([held('a'), undefined]);
      torn.put([held('c')]);
      torn.close();
      const after = openClaimJournal(path);
      expect(after.heldBy('c')).toEqual(held('c'));
      after.close();
    }
  });

  it('leaves out lines that are no claims', () => {
    const path = freshPath();
    const before = openClaimJournal(path);
    before.put([held('a')]);
    before.close();
    appendFileSync(path, '\0\0\0\0\n{"taskId":"x"}\n[]\n');
    const after = openClaimJournal(path);
    expect(after.heldBy('a')).toEqual(held('a'));
    expect(after.heldBy('x')).toBeUndefined();
    after.close();
  });

  it('stays small however many claims come and go, and keeps the live ones', () => {
    const path = freshPath();
    const before = openClaimJournal(path);
    before.put([held('live'), held('other')]);
    let largest = 0;
    for (let n = 0; n < 30_000; n += 1) {
      before.put([held(`t${n}`)]);
      before.remove(`t${n}`);
      largest = Math.max(largest, n % 100 === 0 ? statSync(path).size : 0);
    }
    expect(largest).toBeLessThan(2_000_000);
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(10_100);
    before.close();
    const after = openClaimJournal(path);
    expect([after.heldBy('live'), after.heldBy('other')]).toEqual([held('live'), held('other')]);
    expect(after.heldBy('t29999')).toBeUndefined();
    after.close();
    expect(readdirSync(dirname(path))).toEqual(['claims.journal']);
  });

  it('holds no more of a task than its id, its attempt and its claim', async () => {
    const path = freshPath();
    const queue = memoryTaskQueue({ journal: openClaimJournal(path) });
    await queue.offer({ ...task('a'), flowId: 'canary-flow', orchName: 'canary-name', step: 'canary-step' });
    await queue.claim(request);
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([held('a')]);
    await queue.close();
  });
});

describe('a task queue that restarts with its claim journal', () => {
  it('holds the claims of a killed process, lists them once lapsed, and offers the rest', async () => {
    const path = freshPath();
    const program = join(import.meta.dirname, '../support/claims-process.ts');
    const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = String(await once(createInterface(child.stdout), 'line'));
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    const mine = z.array(z.string()).parse(JSON.parse(line));
    expect(mine).toHaveLength(150);

    const queue = memoryTaskQueue({ journal: openClaimJournal(path) });
    expect(await queue.claimOf('t299', 1)).toMatchObject({ by: 'worker', leaseUntil: 50_000 });
    for (let n = 0; n < 500; n += 1) await queue.offer(task(`t${n}`));
    expect(await queue.counts()).toEqual({ offered: 350, claimed: 150 });
    const taken = (await queue.claim({ ...request, now: 30_000 })).map((claimed) => claimed.task.taskId);
    expect(taken.filter((id) => mine.includes(id))).toEqual([]);
    const lapsed = await queue.overdue(31_000, 1000);
    expect(lapsed.map(({ task: { taskId } }) => taskId)).toEqual(mine.filter((id) => id !== 't299'));
    expect(new Set(lapsed.map(({ why }) => why))).toEqual(new Set(['lease']));
    await queue.close();
  });

  it('serves a claim whose task was not offered yet', async () => {
    const path = freshPath();
    const journal = openClaimJournal(path);
    journal.put([held('extended'), held('settled'), held('released'), held('replaced')]);
    journal.close();
    const queue = memoryTaskQueue({ journal: openClaimJournal(path) });
    expect(await queue.extend({ taskId: 'extended', attempt: 1, now: 9000, leaseMs: 30_000 })).toMatchObject({
      leaseUntil: 39_000,
    });
    await queue.settle('settled', 1);
    await queue.release('released', 1);
    await queue.offer(task('replaced', 2));
    for (const id of ['extended', 'settled', 'released']) await queue.offer(task(id));
    expect((await queue.claim(request)).map((claimed) => claimed.task.taskId)).toEqual([
      'replaced',
      'settled',
      'released',
    ]);
    expect(await queue.claimOf('extended', 1)).toMatchObject({ leaseUntil: 39_000 });
    await queue.close();
  });

  it('offers again what was retired before it ended, and still retires nothing that is held', async () => {
    const path = freshPath();
    const before = memoryTaskQueue({ journal: openClaimJournal(path) });
    await before.offer(task('held'));
    await before.claim(request);
    await before.offer(task('retired'));
    expect([await before.retire('held', 1), await before.retire('retired', 1)]).toEqual([false, true]);
    await before.close();
    const after = memoryTaskQueue({ journal: openClaimJournal(path) });
    expect([await after.retire('held', 1), await after.retire('retired', 1)]).toEqual([false, false]);
    for (const id of ['held', 'retired', 'retired too']) await after.offer(task(id));
    expect([await after.retire('held', 1), await after.retire('retired too', 1)]).toEqual([false, true]);
    expect((await after.claim(request)).map((claimed) => claimed.task.taskId)).toEqual(['retired']);
    expect(await after.claimOf('held', 1)).toMatchObject({ by: 'worker', leaseUntil: 31_000 });
    await after.close();
  });

  it('answers no claim that the journal could not keep, and keeps the task on offer', async () => {
    let isFull = true;
    const path = freshPath();
    const journal = openClaimJournal(path);
    const failing: ClaimJournal = {
      ...journal,
      put: (claims) => {
        if (isFull) throw new Error('ENOSPC');
        journal.put(claims);
      },
    };
    const queue = memoryTaskQueue({ journal: failing });
    for (const id of ['a', 'b', 'c']) await queue.offer(task(id));
    await expect(queue.claim(request)).rejects.toThrow('ENOSPC');
    expect(await queue.counts()).toEqual({ offered: 3, claimed: 0 });
    isFull = false;
    expect((await queue.claim(request)).map((claimed) => claimed.task.taskId)).toEqual(['a', 'b', 'c']);
    isFull = true;
    await expect(queue.extend({ taskId: 'a', attempt: 1, now: 9000, leaseMs: 30_000 })).rejects.toThrow();
    expect(await queue.claimOf('a', 1)).toMatchObject({ leaseUntil: 31_000 });
    await queue.close();
  });
});
