import { createDurations } from './durations.ts';
import type { CommandMeter, RequestMeter } from './port.ts';
import type { Family, Source } from './source.ts';
import { createTally } from './tally.ts';

const REQUESTS: Family = {
  name: 'skald_http_requests_total',
  help: 'Requests that were answered, by the template of their route',
  kind: 'counter',
  labels: ['method', 'route', 'status'],
};
const COMMANDS: Family = {
  name: 'skald_commands_total',
  help: 'Commands by how they ended; code says why one was refused',
  kind: 'counter',
  labels: ['command', 'outcome', 'code'],
};

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
    read: () =>
      tally.entries().map(({ values: [method = '', route = '', status = ''], count }) => ({
        ...{ name: REQUESTS.name, labels: { method, route, status }, value: count },
      })),
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
    read: () =>
      tally.entries().map(({ values: [command = '', outcome = '', code = ''], count }) => ({
        ...{ name: COMMANDS.name, labels: { command, outcome, code }, value: count },
      })),
  };
  return { meter, source };
};
