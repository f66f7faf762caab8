import { setImmediate as nextTurn } from 'node:timers/promises';
import { isUnknownForm } from '../../domain/aggregate.ts';
import { isLogDamaged } from '../../domain/damage.ts';
import { reject } from '../../domain/decider.ts';
import type { Rejection } from '../../domain/decider.ts';
import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { toDefinition } from '../../domain/orchestration/definition.ts';
import type {
  DefinitionCandidate,
  DefinitionRejection,
} from '../../domain/orchestration/definition-rules.ts';
import type { Definition } from '../../domain/orchestration/events.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { EventStore, Position } from '../../infra/event-store/port.ts';
import type { ReadStore } from '../../infra/read-store/port.ts';
import type { ListPage, PageRequest } from '../list.ts';
import { eventsIn } from '../stream/events-in.ts';
import { appendsOf } from './history.ts';
import { liveRuns } from './live-runs.ts';
import type { LiveRun } from './live-runs.ts';
import type { Supplied } from './outcomes.ts';
import { registrationsIn } from './registrations.ts';
import type { Registrations } from './registrations.ts';
import { viewOf } from './run-view.ts';
import type { RunWhatIfView } from './what-if-view.ts';

/** All there is to work with: it reads. Nothing in here could append, offer a task, or send a message. */
export type WhatIfDeps = {
  readonly log: Pick<EventStore, 'readStream'>;
  readonly readStore: Pick<ReadStore, 'find'>;
};

export type Asked = {
  readonly orchName: string;
  /** The changed definition, as an initiator would register it. */
  readonly candidate: DefinitionCandidate;
  /** Outcomes of steps that were never recorded, by name; success where nothing is said. */
  readonly results: Readonly<Record<string, Supplied>>;
};

type Refusal = Rejection<DefinitionRejection | 'definition_mismatch'>;
/** The history of the run, which ends there, holds what this version does not know. */
type Unreadable = { readonly kind: 'unreadable'; readonly position: Position };
type Page = ListPage<RunWhatIfView> & {
  /** Runs of the page whose history is damaged, or holds what this version does not know. */
  readonly unreadable: readonly string[];
};

/** A page ends with the run that takes it beyond so many events, or its time: it may hold fewer runs than asked for. */
const MAX_EVENTS = 50_000;
const SHOWN = { one: 1000, many: 10 } as const;

/** What runs would have done, and how they could go on, under another definition of their orchestration. */
export const whatIf = (deps: WhatIfDeps, maxEvents = MAX_EVENTS) => ({
  /** Of one run, whether it has ended or not; undefined for an unknown one. */
  whatIfOfRun: async (
    flowId: string,
    asked: Asked,
  ): Promise<RunWhatIfView | Refusal | Unreadable | undefined> => {
    const setting = await settingOf(deps, asked);
    if ('kind' in setting) return setting;
    const { view } = await ofRun(deps, setting, flowId, SHOWN.one);
    if (view === undefined || 'kind' in view || view.orchName === asked.orchName) return view;
    return reject(
      'definition_mismatch',
      `The run is of ${view.orchName}, the definition of ${asked.orchName}`,
    );
  },
  /**
   * Of runs that have not ended, in the order they were started in.
   * @param page of 1 to 500 runs
   * @param over ends the page with the run that is looked at
   */
  whatIfOfLive: async (
    asked: Asked,
    page: PageRequest,
    ownedBy?: string,
    over?: AbortSignal,
  ): Promise<Page | Refusal> => {
    const setting = await settingOf(deps, asked);
    if ('kind' in setting) return setting;
    const runs = await liveRuns(deps.readStore, { orchName: asked.orchName, ownedBy }, page);
    const isLong = (events: number): boolean => events > maxEvents || over?.aborted === true;
    return pageOf(runs, isLong, (flowId) => ofRun(deps, setting, flowId, SHOWN.many).catch(unlessOthersCan));
  },
});

type Found = { readonly view: RunWhatIfView | Unreadable | undefined; readonly length: number };

const pageOf = async (
  { items: runs, ...rest }: ListPage<LiveRun>,
  isLong: (events: number) => boolean,
  ask: (flowId: string) => Promise<Found>,
): Promise<Page> => {
  const items: RunWhatIfView[] = [];
  const unreadable: string[] = [];
  let events = 0;
  for (const [index, { flowId, key }] of runs.entries()) {
    const { view, length } = await ask(flowId);
    if (view === undefined || 'kind' in view) unreadable.push(flowId);
    else items.push(view);
    events += length;
    if (isLong(events) && index < runs.length - 1) return { ...rest, items, unreadable, next: key };
    // Others are served between two runs.
    await nextTurn();
  }
  return { ...rest, items, unreadable };
};

/** One damaged run among many is named; it does not keep the others from being judged. */
const unlessOthersCan = (error: unknown): Found => {
  if (isLogDamaged(error)) return { view: undefined, length: 0 };
  throw error;
};

const unlessUnreadable = <View>(position: Position, view: () => View): View | Unreadable => {
  try {
    return view();
  } catch (error) {
    if (isUnknownForm(error)) return { kind: 'unreadable', position };
    throw error;
  }
};

type Setting = Asked & { readonly changed: Definition; readonly registrations: Registrations };

const settingOf = async ({ log }: WhatIfDeps, asked: Asked): Promise<Setting | Refusal> => {
  const result = toDefinition(asked.candidate);
  if (result.kind === 'rejected') return result;
  const registrations = registrationsIn(await eventsIn(log, orchestrationStream(asked.orchName)));
  return { ...asked, changed: result.definition, registrations };
};

const ofRun = async (
  { log }: WhatIfDeps,
  { changed, registrations, results }: Setting,
  flowId: string,
  shown: number,
): Promise<Found> => {
  const stored = await eventsIn(log, sagaStream(flowId));
  const position = stored.at(-1)?.position ?? '';
  const { definition, served } = registrations;
  const view = unlessUnreadable(position, () => {
    const known = { changed, served, supplied: new Map(Object.entries(results)) };
    const premise = { ...known, appends: appendsOf(stored) };
    return viewOf(flowId, { premise, definition, shown, position });
  });
  return { view, length: stored.length };
};
