import type { Run, RunEvent } from './client.ts';
import type { Claims, Part } from './part.ts';

const MS = 7;
const TYPE = 20;

/** One line per event: when, what, and on which step. */
export const timelineOf = (events: readonly RunEvent[]): readonly string[] => {
  const start = Date.parse(events[0]?.metadata.recordedAt ?? '');
  return events.map(({ type, data, metadata }) => {
    const after = String(Date.parse(metadata.recordedAt) - start).padStart(MS);
    return `${after} ms  ${type.padEnd(TYPE)} ${detailsOf(data)}`.trimEnd();
  });
};

const SHOWN = ['action', 'step', 'attempt', 'service', 'reason', 'failed', 'code', 'steps'];
/** True of every step that is handed out. */
const OBVIOUS = 'with-worker';

const detailsOf = (data: RunEvent['data']): string =>
  SHOWN.flatMap((field) => {
    const value = data[field];
    if (value === undefined || value === null || value === OBVIOUS) return [];
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return field === 'action' || field === 'step' ? [text] : [`${field}: ${text}`];
  }).join('  ');

/** What differs between the run and the end it must come to; nothing when all is well. */
export const differencesOf = (
  { ending }: Part,
  claims: Claims,
  run: Run,
  events: readonly RunEvent[],
): readonly string[] => {
  const steps = Object.fromEntries(run.steps.map((step) => [step.name, standingOf(step)]));
  const undone = events
    .filter(({ type, data }) => type === 'StepDispatched' && data.action === 'undo')
    .map(({ data }) => data.step);
  return [
    ...differs('status', ending.status, run.status),
    ...differs('steps', ending.steps, steps),
    ...differs('undone in this order', ending.undone, undone),
    ...Object.entries(ending.also ?? {}).flatMap(([claim, holds]) => untrue(claim, holds(events, run))),
    ...Object.entries(claims).flatMap(([claim, holds]) => untrue(claim, holds)),
  ];
};

const untrue = (claim: string, holds: boolean): readonly string[] => (holds ? [] : [`not true: ${claim}`]);

const differs = (what: string, expected: unknown, found: unknown): readonly string[] => {
  const [wanted, got] = [JSON.stringify(expected), JSON.stringify(found)];
  return wanted === got ? [] : [`${what}: expected ${wanted}, found ${got}`];
};

export const standingOf = ({ do: done, undo }: Run['steps'][number]): string => {
  if (done === null) return 'not started';
  const error = done.error === null ? '' : ` (${done.error})`;
  return `${done.status}${error}${undo === null ? '' : `, undo ${undo.status}`}`;
};
