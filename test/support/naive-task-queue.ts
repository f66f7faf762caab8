import type { Claim, Task, TaskQueue } from '../../src/infra/task-queue/port.ts';

type Row = { readonly task: Task; readonly claim?: Claim; readonly serial?: number };

/** What the memory queue must answer, one list and no thought of speed. */
export const naiveTaskQueue = (): Omit<TaskQueue, 'offered' | 'close'> => {
  let rows: readonly Row[] = [];
  let serial = 0;
  let returned = 0;
  const served = new Map<string, number>();
  const retired = new Map<string, number>();
  const at = (id: string, attempt: number) =>
    rows.find(({ task }) => task.taskId === id && task.attempt === attempt);
  const held = (id: string, attempt: number) => rows.find((row) => row === at(id, attempt) && row.claim);
  const without = (gone: Row | undefined) => rows.filter((row) => row !== gone);
  const change = (old: Row, row: Row) => (rows = rows.map((each) => (each === old ? row : each)));
  const later = (id: string, attempt: number, lease: number, deadline: number) => {
    const row = held(id, attempt);
    if (!row?.claim) return undefined;
    const leaseUntil = Math.max(row.claim.leaseUntil, lease);
    const claim = { ...row.claim, leaseUntil, deadline: Math.max(row.claim.deadline, deadline) };
    change(row, { ...row, claim });
    return claim;
  };
  const next = (routes: readonly string[]) =>
    routes
      .flatMap((route) => rows.find(({ task, claim }) => task.route === route && !claim) ?? [])
      .toSorted((a, b) => (served.get(a.task.route) ?? 0) - (served.get(b.task.route) ?? 0))[0];
  const take = ({ routes, by, now, leaseMs }: Parameters<TaskQueue['claim']>[0]) => {
    const row = next(routes);
    if (!row) return [];
    serial += 1;
    served.set(row.task.route, serial);
    const claim = { by, at: now, leaseUntil: now + leaseMs, deadline: now + row.task.timeoutMs };
    change(row, { task: row.task, claim, serial });
    return [{ task: row.task, claim }];
  };
  return {
    offer: (task) => {
      if ((retired.get(task.taskId) ?? 0) >= task.attempt) return Promise.resolve();
      retired.delete(task.taskId);
      const known = rows.find((row) => row.task.taskId === task.taskId);
      if (!known || known.task.attempt < task.attempt) rows = [...without(known), { task }];
      return Promise.resolve();
    },
    claim: (request) => Promise.resolve(Array.from({ length: request.max }, () => take(request)).flat()),
    extend: ({ taskId, attempt, now, leaseMs }) => Promise.resolve(later(taskId, attempt, now + leaseMs, 0)),
    curtail: ({ taskId, attempt, leaseUntil, until }) => {
      const row = held(taskId, attempt);
      if (row?.claim?.leaseUntil !== leaseUntil || until >= leaseUntil) return Promise.resolve(false);
      serial += 1;
      change(row, { ...row, claim: { ...row.claim, leaseUntil: until }, serial });
      return Promise.resolve(true);
    },
    defer: (taskId, attempt, until) => Promise.resolve(void later(taskId, attempt, until, until)),
    release: (taskId, attempt) => {
      const row = held(taskId, attempt);
      if (!row) return Promise.resolve();
      rows = [{ task: row.task }, ...without(row)];
      returned += 1;
      served.set(row.task.route, -returned);
      return Promise.resolve();
    },
    claimOf: (taskId, attempt) => Promise.resolve(held(taskId, attempt)?.claim),
    settle: (taskId, attempt) => {
      rows = rows.filter(({ task }) => task.taskId !== taskId || task.attempt > attempt);
      if ((retired.get(taskId) ?? 0) <= attempt) retired.delete(taskId);
      return Promise.resolve();
    },
    withdraw: (taskId) => {
      const row = rows.find(({ task, claim }) => task.taskId === taskId && !claim);
      rows = without(row);
      return Promise.resolve(row !== undefined);
    },
    retire: (taskId, attempt) => {
      const row = at(taskId, attempt);
      if (row && !row.claim) {
        rows = without(row);
        retired.set(taskId, attempt);
      }
      return Promise.resolve(retired.get(taskId) === attempt);
    },
    overdue: (now, limit) => {
      const due = rows.flatMap(({ task, claim, serial: order = 0 }) => {
        if (!claim || Math.min(claim.leaseUntil, claim.deadline) > now) return [];
        const why = claim.deadline <= claim.leaseUntil ? ('timeout' as const) : ('lease' as const);
        return [{ task, claim, why, order, end: Math.min(claim.leaseUntil, claim.deadline) }];
      });
      const sorted = due.toSorted((a, b) => a.end - b.end || a.order - b.order).slice(0, limit);
      return Promise.resolve(sorted.map(({ task, claim, why }) => ({ task, claim, why })));
    },
    routesOnOffer: (routes) =>
      Promise.resolve(
        routes.filter((route) => rows.some(({ task, claim }) => task.route === route && !claim)),
      ),
    counts: () => {
      const claimed = rows.filter(({ claim }) => claim).length;
      return Promise.resolve({ offered: rows.length - claimed, claimed });
    },
  };
};
