import type { CallContext } from '../../src/commands/context.ts';
import { commandIdOf, flowIdOf } from '../../src/commands/deterministic-ids.ts';
import { randomDefinition } from './definitions.ts';
import type { Sim } from './sim.ts';
import { INPUT, registerSurely } from './workers.ts';

const ACTOR = { kind: 'user', id: 'client', source: 'http' } as const;

/** Registers the definition, sooner or later, and may replace it later. */
export const runInitiator = async (sim: Sim, orchName: string): Promise<void> => {
  const { random, faults } = sim;
  const define = () => randomDefinition(random, orchName);
  if (faults.hits('initiator-comes-late')) await sim.sleep(random.between(1, 60_000));
  await registerSurely(sim, define());
  while (!sim.isCalm()) {
    await sim.sleep(random.between(1000, 60_000));
    if (!faults.hits('definition-changes')) continue;
    await registerSurely(sim, define());
    // Whoever was told so, and starts with another process, must get what was registered.
    if (faults.hits('client-starts-at-once')) sim.run(() => startSurely(sim, orchName, undefined));
  }
};

/** Starts one run and makes sure of it where the client has a key to make sure with. */
export const runClient = async (sim: Sim, orchName: string, number: number): Promise<void> => {
  const { random, faults } = sim;
  const key = random.chance(0.7) ? `start-${number}` : undefined;
  await sim.sleep(random.between(0, 20_000));
  await startSurely(sim, orchName, key);
  if (key === undefined) return;
  if (faults.hits('client-repeats-key')) await start(sim, { orchName, key, text: INPUT, known: 0 });
  if (!faults.hits('client-reuses-key')) return;
  const reused = await start(sim, { orchName, key, text: 'another input', known: 0 });
  if (reused !== 'unknown' && reused !== 'idempotency_key_reused')
    throw new Error(`I-02 another body was ${reused}`);
};

const startSurely = async (sim: Sim, orchName: string, key: string | undefined): Promise<void> => {
  const known = sim.acknowledged.get(orchName) ?? 0;
  for (;;) {
    const said = await start(sim, { orchName, key, text: INPUT, known });
    if (said === 'started' || (said === 'unknown' && key === undefined)) return;
    if (said === 'run_exists')
      throw new Error('I-02 a start with a key was refused because it had been accepted');
    await sim.sleep(sim.random.between(100, 5000));
  }
};

type Start = {
  readonly orchName: string;
  readonly key: string | undefined;
  readonly text: string;
  /** The version of the definition that was acknowledged when this start was first asked for. */
  readonly known: number;
};

const start = async (sim: Sim, { orchName, key, text, known }: Start): Promise<string> => {
  const learned = sim.history.invoke(startCall(orchName, key));
  const context: CallContext = { actor: ACTOR, ...(key === undefined ? {} : { idempotencyKey: key }) };
  const payload = Buffer.from(text);
  const asked = await sim.cluster.ask(`start ${orchName}`, (world) =>
    world.startSaga({ orchName, payload }, context),
  );
  if (asked.kind === 'lost' || asked.value.kind === 'unavailable') return 'unknown';
  const { value } = asked;
  if (value.kind === 'rejected') {
    learned({ outcome: 'fail', said: value.code });
    if (value.code === 'unknown_orchestration' && known > 0)
      throw new Error(`I-01 ${orchName} is unknown, though registered as version ${known}`);
    return value.code;
  }
  learned({ outcome: 'ok', said: value.value.flowId, position: value.position });
  checkStarted(sim, value.value.flowId, known);
  return 'started';
};

const checkStarted = ({ model }: Sim, flowId: string, known: number): void => {
  const stored = model.runs.get(flowId);
  if (stored === undefined) throw new Error('I-01 a start was acknowledged that is not in the log');
  if ((stored.version ?? 0) < known)
    throw new Error(`I-01 started with version ${String(stored.version)}, registered was ${known}`);
};

const startCall = (orchName: string, key: string | undefined) => {
  const op = 'start';
  if (key === undefined) return { op, stream: null, commandId: null, key: null };
  const stream = `saga-${flowIdOf(ACTOR.id, orchName, key)}`;
  return {
    op,
    stream,
    commandId: commandIdOf(ACTOR.id, 'execute', orchName, key),
    key: `${orchName} ${key}`,
  };
};

type Steering = ReturnType<typeof steerings>[number];

/** Tells a run something until it is known to have arrived; only once where there is no key. */
export const steer = async (sim: Sim, flowId: string, steering: Steering): Promise<void> => {
  const key = sim.random.chance(0.5) ? `steer-${sim.scheduler.steps()}` : undefined;
  for (let tries = 0; tries < 10; tries += 1) {
    if (await steerOnce(sim, flowId, steering, key)) return;
    if (key === undefined) return;
    await sim.sleep(1000);
  }
};

/** Whether the client learned what became of it. */
const steerOnce = async (
  sim: Sim,
  flowId: string,
  [type, step, say]: Steering,
  key: string | undefined,
): Promise<boolean> => {
  const keyed = key !== undefined;
  const commandId = keyed ? commandIdOf(ACTOR.id, type, flowId, step, key) : null;
  const context: CallContext = { actor: ACTOR, ...(keyed ? { idempotencyKey: key } : {}) };
  const stream = `saga-${flowId}`;
  const learned = sim.history.invoke({ op: 'steer', stream, commandId, key: keyed ? key : null });
  const asked = await sim.cluster.ask(`${type} ${step}`, (world) => say(world.steer, context));
  if (asked.kind === 'lost' || asked.value.kind === 'unavailable') return false;
  const { value } = asked;
  if (value.kind === 'rejected') learned({ outcome: 'fail', said: value.code });
  else learned({ outcome: 'ok', said: type, position: value.position });
  return true;
};

type Steer = Parameters<Parameters<Sim['cluster']['ask']>[1]>[0]['steer'];
type Said = ReturnType<Steer['undoSaga']>;
type Told = readonly [type: string, step: string, say: (steer: Steer, context: CallContext) => Said];

/** Everything a person can tell a run, by the names the commands have in the log's ids. */
export const steerings = (flowId: string, step: string, timers: 'keep-due' | 'keep-remaining') => {
  const reason = 'because';
  return [
    ['CancelSaga', '', (to, context) => to.cancelSaga(flowId, { undo: false }, context)],
    ['CancelSaga', '', (to, context) => to.cancelSaga(flowId, { undo: true }, context)],
    ['PauseSaga', '', (to, context) => to.pauseSaga(flowId, { timers }, context)],
    ['ResumeSaga', '', (to, context) => to.resumeSaga(flowId, {}, context)],
    ['UndoSaga', '', (to, context) => to.undoSaga(flowId, { reason }, context)],
    ['RetryStep', step, (to, context) => to.retryStep(flowId, step, {}, context)],
    ['SkipStep', step, (to, context) => to.skipStep(flowId, step, { reason }, context)],
    ['CompleteStep', step, (to, context) => to.completeStep(flowId, step, { reason }, context)],
  ] as const satisfies readonly Told[];
};
