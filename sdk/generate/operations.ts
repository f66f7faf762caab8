/**
 * What kind of call an operation is decides how it is sent again: a `query` whenever it failed in passing, a
 * `command` likewise, under its idempotency key; an `act` has no key and is sent once; a `probe` is sent once because
 * its failure is its answer; `work` is repeated by who works.
 */
export type Kind = 'query' | 'command' | 'act' | 'probe' | 'work';

export type Named = { readonly group: string; readonly name: string; readonly kind: Kind };

const named =
  (kind: Kind) =>
  (path: string): Named => {
    const [group = '', name = ''] = path.split('.');
    return { group, name, kind };
  };
const query = named('query');
const command = named('command');
const act = named('act');
const probe = named('probe');
const work = named('work');

/** Every operation of the API by the name it has in the client. */
export const operations: Readonly<Record<string, Named>> = {
  'GET /openapi.json': query('service.openApi'),
  'GET /asyncapi.json': query('service.asyncApi'),
  'GET /api/v1/event-types': query('service.eventTypes'),
  'GET /api/v1/event-types/{type}/schemas/{version}': query('service.eventTypeSchema'),
  'GET /api/orchestration/health': probe('service.health'),
  'GET /livez': probe('service.live'),
  'GET /readyz': probe('service.ready'),

  'POST /api/orchestration/register': command('orchestrations.register'),
  'GET /api/v1/orchestrations': query('orchestrations.list'),
  'GET /api/v1/orchestration-counts': query('orchestrations.counts'),
  'GET /api/v1/orchestrations/{name}': query('orchestrations.get'),
  'GET /api/v1/orchestrations/{name}/preflight': query('orchestrations.preflight'),
  'GET /api/v1/orchestrations/{name}/registrations': query('orchestrations.registrations'),
  'GET /api/v1/orchestrations/{name}/sagas': query('orchestrations.runs'),

  'POST /api/orchestration/execute/{orchName}': command('runs.start'),
  'POST /api/orchestration/undo/{flowId}': command('runs.undo'),
  'GET /api/v1/sagas': query('runs.list'),
  'GET /api/v1/sagas/counts': query('runs.counts'),
  'GET /api/v1/sagas/{flowId}': query('runs.get'),
  'GET /api/v1/sagas/{flowId}/explain': query('runs.explain'),
  'GET /api/v1/sagas/{flowId}/timeline': query('runs.timeline'),
  'GET /api/v1/sagas/{flowId}/undo-plan': query('runs.undoPlan'),
  'POST /api/v1/what-if': query('runs.whatIf'),
  'POST /api/v1/sagas/{flowId}/cancel': command('runs.cancel'),
  'POST /api/v1/sagas/{flowId}/pause': command('runs.pause'),
  'POST /api/v1/sagas/{flowId}/resume': command('runs.resume'),
  'POST /api/v1/sagas/{flowId}/steps/{step}/retry': command('runs.retryStep'),
  'POST /api/v1/sagas/{flowId}/steps/{step}/skip': command('runs.skipStep'),
  'POST /api/v1/sagas/{flowId}/steps/{step}/complete': command('runs.completeStep'),

  'POST /api/v1/tasks/poll': work('tasks.poll'),
  'POST /api/v1/tasks/responses': command('tasks.answer'),
  'POST /api/v1/tasks/heartbeat': work('tasks.heartbeat'),
  'POST /api/v1/workers/heartbeat': work('workers.heartbeat'),
  'GET /api/v1/workers': query('workers.list'),
  'GET /api/v1/healing': query('healing.list'),
  'GET /api/v1/timers': query('timers.list'),
  'POST /api/v1/timers/{flowId}/{step}/{action}/reschedule': command('timers.reschedule'),
  'POST /api/v1/timers/{flowId}/{step}/{action}/fire': command('timers.fire'),
  'POST /api/v1/timers/{flowId}/{step}/{action}/cancel': command('timers.cancel'),
  'POST /api/v1/timers/shift': command('timers.shift'),
  'GET /api/v1/timers/shifts/{shiftId}': query('timers.getShift'),
  'GET /api/v1/streams/{stream}': query('streams.read'),
  'GET /api/v1/schemas': query('schemas.list'),
  'GET /api/v1/schemas/{type}/{version}': query('schemas.get'),
  'POST /api/v1/audit/checkpoints': act('audit.takeCheckpoint'),
  'GET /api/v1/audit/checkpoints': query('audit.checkpoints'),
  'GET /api/v1/audit/checkpoints/{number}': query('audit.checkpoint'),
  'GET /api/v1/events': query('events.list'),

  'POST /api/v1/replay/sessions': command('replay.create'),
  'POST /api/v1/replay/preview': query('replay.preview'),
  'GET /api/v1/replay/sessions': query('replay.list'),
  'GET /api/v1/replay/sessions/{sessionId}': query('replay.get'),
  'GET /api/v1/replay/sessions/{sessionId}/records': query('replay.records'),
  'POST /api/v1/replay/sessions/{sessionId}/start': command('replay.start'),
  'POST /api/v1/replay/sessions/{sessionId}/pause': command('replay.pause'),
  'POST /api/v1/replay/sessions/{sessionId}/resume': command('replay.resume'),
  'POST /api/v1/replay/sessions/{sessionId}/cancel': command('replay.cancel'),

  'POST /api/v1/instances': command('instances.deliver'),
  'POST /api/v1/instances/batch': command('instances.deliverMany'),
  'GET /api/v1/instances': query('instances.list'),
  'GET /api/v1/instances/counts': query('instances.counts'),
  'GET /api/v1/instances/{instanceId}': query('instances.get'),
  'GET /api/v1/instances/{instanceId}/value': query('instances.value'),
  'GET /api/v1/instances/{instanceId}/history': query('instances.history'),
  'POST /api/v1/instances/{instanceId}/retry': command('instances.retry'),
  'POST /api/v1/instances/retries': command('instances.retryMany'),
  'GET /api/v1/instances/retries/{batchId}': query('instances.getRetries'),
  'POST /api/v1/instances/{instanceId}/settle': command('instances.settle'),
  'POST /api/v1/instances/{instanceId}/hold': command('instances.hold'),
  'POST /api/v1/instances/{instanceId}/lift-hold': command('instances.liftHold'),
  'DELETE /api/v1/instances/{instanceId}': command('instances.delete'),

  'GET /api/v1/dead-letters': query('deadLetters.list'),
  'GET /api/v1/dead-letters/counts': query('deadLetters.counts'),
  'GET /api/v1/dead-letters/groups': query('deadLetters.groups'),
  'GET /api/v1/dead-letters/{letterId}': query('deadLetters.get'),
  'GET /api/v1/dead-letters/redrives/{redriveId}': query('deadLetters.getRedrive'),
  'POST /api/v1/dead-letters/redrive/preview': query('deadLetters.previewRedrive'),
  'POST /api/v1/dead-letters/redrive': command('deadLetters.redriveMany'),
  'POST /api/v1/dead-letters/{letterId}/redrive': command('deadLetters.redrive'),
  'POST /api/v1/dead-letters/{letterId}/edit': command('deadLetters.edit'),
  'POST /api/v1/dead-letters/{letterId}/discard': command('deadLetters.discard'),

  'GET /api/v1/instances/retention': query('instances.retention'),
  'POST /api/v1/instances/retention/runs': command('instances.startRetention'),

  'GET /api/v1/projections': query('projections.list'),
  'GET /api/v1/projections/{name}/rebuild': query('projections.getRebuild'),
  'POST /api/v1/projections/{name}/rebuild': act('projections.rebuild'),
  'POST /api/v1/projections/{name}/verify': act('projections.verify'),
  'POST /api/v1/projections/{name}/rollback': act('projections.rollback'),
  'POST /api/v1/projections/{name}/documents/{id}/unblock': act('projections.unblock'),
};

/**
 * Operations that are no calls: what is held open instead of answered (`feed` and `worker` speak their protocols), what
 * scrapers fetch, and the addresses of the reference, whose callers have them already.
 */
export const withoutCall: readonly string[] = [
  'GET /api/v1/feed',
  'GET /api/v1/feed/sse',
  'GET /api/v1/workers/stream',
  'GET /metrics',
  'GET /actuator/prometheus',
  'GET /actuator/health',
  'GET /actuator/health/readiness',
  'GET /actuator/health/liveness',
  'GET /actuator/info',
  'POST /api/intern/handlinger/instanser/{instanceId}/prov-igjen',
  'POST /api/intern/handlinger/instanser/prov-igjen/batch',
  'POST /api/intern-klient/handlinger/instanser/{instanceId}/prov-igjen',
  'POST /api/intern-klient/handlinger/instanser/prov-igjen/batch',
];

/** Shapes that deserve a name: where they are found first. */
export const shapes: Readonly<Record<string, { readonly of: string; readonly at: readonly string[] }>> = {
  Run: { of: 'GET /api/v1/sagas/{flowId}', at: [] },
  RunStatus: { of: 'GET /api/v1/sagas/{flowId}', at: ['status'] },
  StepStatus: { of: 'GET /api/v1/sagas/{flowId}', at: ['steps', '*', 'do', 'status'] },
  WaitingReason: { of: 'GET /api/v1/sagas/{flowId}', at: ['waiting', 'reason'] },
  OrchestrationType: { of: 'GET /api/v1/sagas/{flowId}', at: ['type'] },
  RunSummary: { of: 'GET /api/v1/sagas', at: ['items', '*'] },
  StoredEvent: { of: 'GET /api/v1/streams/{stream}', at: ['items', '*'] },
  WorkerTask: { of: 'POST /api/v1/tasks/poll', at: ['tasks', '*'] },
  AnswerOutcome: { of: 'POST /api/v1/tasks/responses', at: ['results', '*'] },
  HeartbeatOutcome: { of: 'POST /api/v1/tasks/heartbeat', at: ['results', '*'] },
  Orchestration: { of: 'GET /api/v1/orchestrations/{name}', at: [] },
  Registered: { of: 'POST /api/orchestration/register', at: [] },
  Done: { of: 'POST /api/orchestration/undo/{flowId}', at: [] },
  Letter: { of: 'GET /api/v1/dead-letters/{letterId}', at: [] },
  Instance: { of: 'GET /api/v1/instances/{instanceId}', at: [] },
  InstanceSummary: { of: 'GET /api/v1/instances', at: ['items', '*'] },
  InstanceStatus: { of: 'GET /api/v1/instances/{instanceId}', at: ['status'] },
  InstanceEvent: { of: 'GET /api/v1/instances/{instanceId}/history', at: ['items', '*'] },
  ReplaySession: { of: 'GET /api/v1/replay/sessions/{sessionId}', at: [] },
  RebuildJob: { of: 'GET /api/v1/projections/{name}/rebuild', at: ['job'] },
};
