import { createDurations } from './durations.ts';
import type { CommandMeter, RequestMeter } from './port.ts';
import { counter, samplesOf } from './source.ts';
import type { Source } from './source.ts';
import { createTally } from './tally.ts';

const REQUESTS = counter(
  'skald_http_requests_total',
  'Requests that were answered, by the template of their route',
  ...['method', 'route', 'status'],
);
const COMMANDS = counter(
  'skald_commands_total',
  'Commands by how they ended; code says why one was refused',
  ...['command', 'outcome', 'code'],
);

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** What a caller makes up must not become a label. */
const NO_ROUTE = 'unmatched';

/** Requests, and how long they took. */
export const requestMetrics = () => {
  const tally = createTally();
  const durations = createDurations({
    name: 'skald_http_request_duration_seconds',
    help: 'From the headers of a request to the end of its answer',
    labels: ['method', 'route'],
    buckets: SECONDS,
  });
  const meter: RequestMeter = ({ method: given, route = NO_ROUTE, status, seconds }) => {
    const method = METHODS.has(given) ? given : 'OTHER';
    tally.add(method, route, String(status));
    durations.observe({ method, route }, seconds);
  };
  const source: Source = {
    name: 'requests',
    families: [REQUESTS],
    read: () => samplesOf(REQUESTS, tally),
  };
  return { meter, source, durations };
};

/** Commands, whichever edge they came through. */
export const commandMetrics = () => {
  const tally = createTally();
  const meter: CommandMeter = (command, outcome, code = '') => tally.add(command, outcome, code);
  const source: Source = {
    name: 'commands',
    families: [COMMANDS],
    read: () => samplesOf(COMMANDS, tally),
  };
  return { meter, source };
};
