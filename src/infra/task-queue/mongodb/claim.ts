import type { ClaimedTask, ClaimRequest } from '../port.ts';
import { claimedRow, claimedTaskIn } from './rows.ts';
import type { ClaimedRow, TaskRows } from './rows.ts';
import type { Turns } from './turns.ts';

export type ClaimDeps = {
  readonly rows: TaskRows;
  readonly turns: Turns;
  /** A number higher than any before. */
  readonly nextNumber: () => number;
  readonly routesOnOffer: (routes: readonly string[]) => Promise<readonly string[]>;
};

// A few of the connections, so that a large claim does not keep everything else waiting.
const AT_ONCE = 4;

/** Each task by an update of its own that takes the first one on offer: two claimers never get the same. */
export const claim = async (deps: ClaimDeps, request: ClaimRequest): Promise<readonly ClaimedTask[]> => {
  if (request.max <= 0) return [];
  const taken: ClaimedRow[] = [];
  let open = await deps.routesOnOffer([...new Set(request.routes)]);
  while (taken.length < request.max && open.length > 0) {
    const slots = slotsIn(deps.turns.inTurn(open), Math.min(AT_ONCE, request.max - taken.length));
    const round = await takeAll(deps, request, slots);
    for (const row of round.taken) deps.turns.served(row.route);
    taken.push(...round.taken);
    // What was taken before a call failed is held, so it must be handed out.
    if (round.failed !== undefined && taken.length === 0) throw round.failed.reason;
    open = round.failed === undefined ? open.filter((route) => !round.empty.has(route)) : [];
  }
  return taken.map(claimedTaskIn);
};

const slotsIn = (routes: readonly string[], count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => routes[n % routes.length] ?? '');

const takeAll = async (deps: ClaimDeps, request: ClaimRequest, slots: readonly string[]) => {
  const outcomes = await Promise.allSettled(slots.map((route) => takeFirst(deps, request, route)));
  const found = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  return {
    taken: inTurn(
      slots,
      found.filter((row) => row !== undefined),
    ),
    empty: new Set(slots.filter((_, n) => isEmpty(outcomes[n]))),
    failed: outcomes.find((outcome) => outcome.status === 'rejected'),
  };
};

const isEmpty = (outcome: PromiseSettledResult<ClaimedRow | undefined> | undefined): boolean =>
  outcome?.status === 'fulfilled' && outcome.value === undefined;

const takeFirst = async (
  { rows, nextNumber }: ClaimDeps,
  { by, now, leaseMs }: ClaimRequest,
  route: string,
): Promise<ClaimedRow | undefined> => {
  const claimed = { state: 'claimed', by, at: now, leaseUntil: now + leaseMs, since: nextNumber() } as const;
  const found = await rows.findOneAndUpdate(
    { state: 'offered', route },
    { $set: claimed, $inc: { deadline: now } },
    { sort: { order: 1 }, returnDocument: 'after' },
  );
  return found === null ? undefined : claimedRow.parse(found);
};

/** Calls made at the same time are answered in any order: each route's tasks are put back in theirs. */
const inTurn = (slots: readonly string[], taken: readonly ClaimedRow[]): readonly ClaimedRow[] => {
  const byRoute = Map.groupBy(
    taken.toSorted((one, other) => one.order - other.order),
    ({ route }) => route,
  );
  return slots.flatMap((route) => byRoute.get(route)?.shift() ?? []);
};
