const PORT = '^src/infra/[^/]+/port\\.ts$';
const SHARED_DOMAIN = '^src/domain/[^/]+\\.ts$';
const EVENTS = '^src/domain/[^/]+/events\\.ts$';
const READ_MODEL = '^src/projections/[^/]+/read-model\\.ts$';
// Where adapters are wired: the process, the command line, and the projector's own thread.
const ROOTS =
  '^src/(compose|compose-(as-of|auth|core|duties|embedded|instances|messaging|metrics|replay|replay-targets|retention|servers|stores|topics|tracing|witness)|main|cli|as-of-thread|fill-thread|projector-thread)\\.ts$';
// What connections that carry frames have in common, whatever they carry.
const SESSIONS = '^src/infra/session/';
// What adapters of several ports stand on.
const GROUND = '^src/infra/(disk|sqlite|mongodb)/';

const rule = (name, from, to) => ({ name, severity: 'error', from, to });

/** The arrows of DESIGN.md section 2. One rule per folder: what it may see. */
module.exports = {
  forbidden: [
    rule('no-cycles', {}, { circular: true }),
    rule('no-orphans', { orphan: true, path: '^src', pathNot: '^src/(main|cli)\\.ts$' }, {}),
    rule('domain-is-pure', { path: '^src/domain' }, { pathNot: ['^src/domain', 'node_modules/zod'] }),
    rule(
      'aggregates-are-strangers',
      { path: '^src/domain/([^/]+)/' },
      { path: '^src/domain/[^/]+/', pathNot: ['^src/domain/$1/', EVENTS] },
    ),
    rule(
      'projections-see-events-only',
      { path: '^src/projections' },
      { path: '^src', pathNot: ['^src/projections', EVENTS, SHARED_DOMAIN, PORT] },
    ),
    // Queries fold straight from the log until there is a read store: hence projections, domain and three ports.
    rule(
      'queries-see-read-models-and-the-log',
      { path: '^src/queries' },
      {
        path: '^src',
        pathNot: [
          '^src/queries',
          '^src/projections/[^/]+/(read-model|projection)\\.ts$',
          '^src/projections/saga/(waited|waits)\\.ts$',
          '^src/domain/',
          '^src/infra/(event-store|keys|past-stores|task-queue|read-store)/port\\.ts$',
        ],
      },
    ),
    // Nothing that could have an effect is there at all: no command, no queue, no bus, no clock.
    rule(
      'what-if-only-reads',
      { path: '^src/queries/what-if/' },
      {
        path: '^src',
        pathNot: [
          '^src/domain/',
          '^src/queries/(what-if/|list\\.ts$|stream/events-in\\.ts$)',
          READ_MODEL,
          '^src/infra/(event-store|read-store)/port\\.ts$',
        ],
      },
    ),
    rule(
      'commands-never-read-read-models',
      { path: '^src/commands' },
      { path: '^src/(queries|projections)|^src/infra/read-store' },
    ),
    rule(
      'inner-layers-see-ports-not-adapters',
      { path: '^src/(commands|queries|projections)' },
      { path: '^src/infra', pathNot: PORT },
    ),
    rule(
      'adapters-are-strangers',
      { path: '^src/infra/([^/]+)/', pathNot: '^src/infra/(http|messaging)/' },
      { path: '^src', pathNot: ['^src/infra/$1/', PORT, GROUND, SESSIONS, SHARED_DOMAIN] },
    ),
    rule(
      'http-drives-commands-and-queries',
      { path: '^src/infra/http/' },
      {
        path: '^src',
        pathNot: [
          '^src/infra/http/',
          '^src/(commands|queries)/',
          READ_MODEL,
          SHARED_DOMAIN,
          '^src/domain/[^/]+/decide\\.ts$',
          '^src/infra/strict-input/',
          SESSIONS,
          PORT,
        ],
      },
    ),
    rule(
      'messaging-drives-commands',
      { path: '^src/infra/messaging/' },
      {
        path: '^src',
        pathNot: [
          '^src/infra/messaging/',
          '^src/commands/',
          SHARED_DOMAIN,
          EVENTS,
          '^src/domain/[^/]+/(decide|aggregate)\\.ts$',
          PORT,
          '^src/infra/strict-input/',
        ],
      },
    ),
    rule(
      'drivers-stay-in-infra',
      { path: '^src', pathNot: ['^src/infra/', ROOTS] },
      {
        path: 'node_modules/(@kurrent|@eventstore|mongodb|kafkajs|fastify|@fastify|pino|prom-client|yaml)|^(node:)?sqlite$',
      },
    ),
    // A server that exports no spans has nothing of them in memory.
    rule(
      'tracing-is-loaded-where-it-is-wanted',
      { path: '^src', pathNot: '^src/(compose-tracing\\.ts$|infra/tracing/)' },
      {
        path: '^src/(compose-tracing\\.ts|infra/tracing/(?!port\\.ts)|infra/http/(trace-requests|traced-command)\\.ts)',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    ),
    rule('only-main-composes', { path: '^src', pathNot: '^src/main\\.ts$' }, { path: '^src/compose\\.ts$' }),
    rule(
      'adapters-are-wired-in-compose',
      { path: '^src', pathNot: ['^src/infra/', ROOTS] },
      { path: '^src/infra/', pathNot: PORT },
    ),
    rule('src-never-imports-test', { path: '^src' }, { path: '^(test|bench|examples|sdk)' }),
    // What is simulated is the engine itself; the rest of the package is made into it when it is built.
    rule(
      'simulator-runs-the-engine',
      { path: '^sdk/simulator' },
      {
        path: '^src',
        pathNot: [
          '^src/(domain|commands)/',
          '^src/infra/(clock|event-store|keys|leases|snapshots|task-queue)/[^/]+\\.ts$',
        ],
      },
    ),
    rule(
      'sdk-stands-alone',
      { path: '^sdk/src' },
      {
        path: '^',
        pathNot: ['^sdk/src', 'node_modules/(@types/)?ws/', '^(node:)?(crypto|net|process|timers/promises)$'],
      },
    ),
  ],
  options: {
    // Type-only imports are dependencies too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
