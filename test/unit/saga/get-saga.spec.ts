import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orchestrationSchemaVersion } from '../../../src/domain/orchestration/events.ts';
import type { Definition } from '../../../src/domain/orchestration/events.ts';
import { sagaSchemaVersion } from '../../../src/domain/saga/events.ts';
import type { SagaEvent } from '../../../src/domain/saga/events.ts';
import { errorContext, resultContext } from '../../../src/domain/saga/seal-context.ts';
import type { KeyId } from '../../../src/domain/sealed.ts';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { embeddedKeys } from '../../../src/infra/keys/embedded.ts';
import type { Keys } from '../../../src/infra/keys/port.ts';
import { sagaView } from '../../../src/projections/saga/read-model.ts';
import { getSaga } from '../../../src/queries/saga/get-saga.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { sequential, step } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';
import { FLOW } from '../../support/saga-stored.ts';

const first = sequential([step('b'), step('constructor')]);
const second = sequential([step('x')]);
const started = event.started(first);

let store: EventStore;
let keys: Keys;
let keyId: KeyId;

beforeEach(async () => {
  const dataDir = freshDirectory();
  store = await embeddedEventStore({ dataDir });
  keys = await embeddedKeys({ dataDir, masterKey: new Uint8Array(randomBytes(32)) });
  keyId = await keys.reserve();
  await append('orchestration-tenant', orchestrationSchemaVersion, [
    registered(first, 1),
    registered(second, 2),
  ]);
});

afterEach(async () => {
  await store.close();
  await keys.close();
});

const registered = (definition: Definition, version: number) => ({
  type: 'DefinitionRegistered',
  data: { version, hash: `hash-${version}`, initiator: 'front', definition },
});

const append = async (
  stream: string,
  schemaVersion: string,
  events: readonly Pick<SagaEvent | ReturnType<typeof registered>, 'type' | 'data'>[],
) => {
  const metadata = {
    commandId: FLOW,
    correlationId: FLOW,
    causationId: FLOW,
    actor: { kind: 'user', id: 'erik', source: 'http' },
    owner: 'erik',
  } as const;
  const fresh = events.map(({ type, data }, index) => ({
    eventId: `0191e1f0-0000-5000-8000-${String(index).padStart(12, '0')}`,
    schemaVersion,
    type,
    data,
  }));
  expect(await store.append(stream, NO_STREAM, fresh, metadata)).toMatchObject({ kind: 'ok' });
};

const ran = (...events: readonly SagaEvent[]) => append(`saga-${FLOW}`, sagaSchemaVersion, events);
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const base64 = (text: string) => Buffer.from(text).toString('base64');
const read = async () => {
  const view = await getSaga({ store, keys })(FLOW);
  return sagaView.optional().parse(view);
};

describe('one run', () => {
  it('is undefined where there is none', async () => {
    expect(await read()).toBeUndefined();
  });

  it('shows every step of its own version of the definition, in order, begun or not', async () => {
    await ran(started, event.dispatched('b'));
    const view = await read();
    expect(view?.steps).toMatchObject([
      { name: 'b', seq: 1, do: { status: 'DISPATCHED', waiting: { reason: 'with-worker' } }, undo: null },
      { name: 'constructor', seq: 2, do: null, undo: null, result: null },
    ]);
    expect(view).toMatchObject({
      flowId: FLOW,
      status: 'IN_PROGRESS',
      definitionVersion: 1,
      type: 'sequential',
      initiator: 'initiator',
      owner: 'erik',
      correlationId: FLOW,
      result: {},
      undo: null,
      revision: 1,
    });
  });

  it('shows no steps while it waits for its definition', async () => {
    await ran(event.started(null), event.awaitingDefinition);
    expect(await read()).toMatchObject({
      status: 'WAITING',
      steps: [],
      waiting: { reason: 'definition-missing' },
    });
  });

  it('opens results, an empty one left out, whatever the steps are called', async () => {
    const result = await keys.seal(keyId, resultContext(FLOW, 'constructor', 'do'), bytes('made'));
    await ran(
      ...[started, event.dispatched('b'), event.succeeded('b', { result: null })],
      ...[event.dispatched('constructor'), event.succeeded('constructor', { result }), event.completed],
    );
    const view = await read();
    expect(view?.steps.map((each) => each.result)).toEqual([null, base64('made')]);
    expect(Object.entries(view?.result ?? {})).toEqual([['constructor', base64('made')]]);
    expect(view?.endedAt).not.toBeNull();
  });

  it('opens the errors of both actions', async () => {
    const done = await keys.seal(keyId, resultContext(FLOW, 'b', 'do'), bytes('made'));
    const error = await keys.seal(keyId, errorContext(FLOW, 'b', 'undo'), bytes('schön kaputt'));
    await ran(
      ...[started, event.dispatched('b'), event.succeeded('b', { result: done })],
      ...[event.undoStarted(['b'], { cause: 'manual' }), event.dispatched('b', { action: 'undo' })],
      ...[event.failed('b', { action: 'undo', error }), event.blocked('b'), event.undoFailed('b')],
    );
    const view = await read();
    expect(view?.steps[0]).toMatchObject({
      do: { status: 'SUCCEEDED', error: null },
      undo: { status: 'BLOCKED', errorCode: 'oops', error: 'schön kaputt', worker: 'a-service' },
      result: base64('made'),
    });
    expect(view).toMatchObject({ status: 'UNDO_FAILED', undo: { cause: 'manual', steps: ['b'] } });
  });

  it('shows what happened after its key was destroyed, without what was said', async () => {
    const result = await keys.seal(keyId, resultContext(FLOW, 'b', 'do'), bytes('made'));
    const error = await keys.seal(keyId, errorContext(FLOW, 'constructor', 'do'), bytes('broken'));
    await ran(
      ...[started, event.dispatched('b'), event.succeeded('b', { result }), event.dispatched('constructor')],
      event.failed('constructor', { error }),
    );
    await keys.destroy([keyId]);
    const view = await read();
    expect(view?.result).toEqual({});
    expect(view?.steps).toMatchObject([
      { do: { status: 'SUCCEEDED' }, result: null },
      { do: { status: 'FAILED', error: '[erased]' }, result: null },
    ]);
  });

  it('is read whole, however long it has become', async () => {
    const retries = Array.from({ length: 700 }, (_, index) => event.lapsed('b', { attempt: index + 1 }));
    await ran(started, event.dispatched('b'), ...retries);
    expect(await read()).toMatchObject({
      revision: 701,
      steps: [{ do: { status: 'UNKNOWN' } }, { do: null }],
    });
  });
});
