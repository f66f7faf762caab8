// Replay sessions over a log in memory: what a test writes into it is replayed into a list.
import { createExecutor } from '../../src/commands/execute.ts';
import type { CallContext } from '../../src/commands/context.ts';
import { createReplay } from '../../src/commands/replay/create-replay.ts';
import { createReplayInput } from '../../src/commands/replay/inputs.ts';
import { runSession } from '../../src/commands/replay/run-session.ts';
import type { RunSessionDeps } from '../../src/commands/replay/run-session.ts';
import { steerReplay } from '../../src/commands/replay/steer-replay.ts';
import type { Result } from '../../src/commands/result.ts';
import { replayAggregate } from '../../src/domain/replay/aggregate.ts';
import type { ReplayedEvent } from '../../src/domain/replayed.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import type { Delivery, ReplayTarget, ReplayTargets } from '../../src/infra/replay/port.ts';
import { getReplay } from '../../src/queries/replay/get-replay.ts';
import { manualClock } from './manual-clock.ts';
import { plainLog } from './plain-log.ts';

export const context: CallContext = { actor: { kind: 'user', id: 'erik', source: 'http' } };

const valueOf = <Value>(result: Result<Value, string>): Value => {
  if (result.kind !== 'done') throw new Error(`${result.code}: ${result.detail}`);
  return result.value;
};

/** A target in memory. `answer`: what becomes of events, instead of taking them. */
const listTarget = () => {
  const taken: ReplayedEvent[] = [];
  const calls: number[] = [];
  const target: ReplayTarget & { answer?: (events: readonly ReplayedEvent[]) => Delivery | undefined } = {
    ...{ kind: 'open', most: 10 },
    deliver: (events) => {
      calls.push(events.length);
      const instead = target.answer?.(events);
      if (instead !== undefined) return Promise.resolve(instead);
      taken.push(...events);
      return Promise.resolve({ kind: 'ok' });
    },
    settle: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
  return { target, taken, calls };
};

export const replayWorld = (some: Partial<RunSessionDeps> = {}) => {
  const clock = manualClock();
  const store: EventStore = plainLog(clock.now);
  const list = listTarget();
  const targets: ReplayTargets = { check: () => undefined, open: () => Promise.resolve(list.target) };
  const ids = systemIds();
  const ports = { store, clock, ids, targets };
  const parts = { ...ports, replays: createExecutor(ports, replayAggregate) };
  const deps: RunSessionDeps = {
    ...{ ...parts, open: (event) => Promise.resolve(event), cursorOf: (at) => `c${at}` },
    ...some,
  };
  const steering = steerReplay(parts);
  const create = createReplay(parts);
  const write = async (stream: string, type: string, correlationId = 'c'): Promise<void> => {
    const { head, hash } = await headOf(store, stream);
    const eventId = ports.ids.next();
    const result = await store.append(
      stream,
      head < 0 ? NO_STREAM : { revision: head, hash },
      [{ eventId, type, schemaVersion: '1.0', data: {} }],
      { commandId: eventId, causationId: eventId, correlationId, actor: context.actor },
    );
    if (result.kind !== 'ok') throw new Error(`not written: ${result.kind}`);
  };
  const started = async (input: object = {}): Promise<string> => {
    const parsed = createReplayInput.parse({ target: { kind: 'sink' }, ...input });
    const { sessionId } = valueOf(await create(parsed, context));
    valueOf(await steering.startReplay(sessionId, { reason: null }, context));
    return sessionId;
  };
  return {
    ...{ ...parts, ...list, ...steering, create, write, started },
    run: (sessionId: string, signal = new AbortController().signal) => runSession(deps, sessionId, signal),
    view: async (sessionId: string) => {
      const view = await getReplay(store)(sessionId);
      if (view === undefined) throw new Error('no such session');
      return view;
    },
  };
};

const headOf = async (store: EventStore, stream: string) => {
  const { events, head } = await store.readStream(stream, { from: 'end', direction: 'backwards', max: 1 });
  return { head, hash: events[0]?.hash ?? '' };
};
