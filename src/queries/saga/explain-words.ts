import type { SagaDocument } from '../../projections/saga/read-model.ts';
import type { Candidate, Explanation, OpenStep } from './explanation.ts';

type Wordless = Omit<OpenStep, 'words'>;

/** Why one step stands still, in a sentence or two. */
export const stepWords = (step: Wordless): string => {
  const what = `${step.action === 'do' ? 'Step' : 'The undo of step'} ${step.step}`;
  switch (step.reason) {
    case 'paused':
      return `${what} stands still because the run is paused.`;
    case 'worker-missing':
      return `${what} has no worker since ${step.since}. ${offered(step)}${whoCould(step.services)}`;
    case 'retry-backoff':
      return step.next === 'operator'
        ? `${what} failed, and its next attempt was cancelled. A person has to try it again, or end the run.`
        : `${what} failed; it is tried again at ${step.until ?? 'once'}.`;
    case 'undo-blocked':
      return `${what} failed for good. A person has to retry it, skip it or mark it as done.`;
    case 'with-worker':
      return `${what} ${withWorker(step)}`;
    case 'dead-letter':
    case 'definition-missing':
    case 'quota':
    case 'outbox-lag':
    case 'timer':
    case 'signal':
    case 'child':
      return `${what} waits since ${step.since}: ${step.reason}.`;
  }
};

/** Its last service has given it up since it was put on offer; where nobody comes soon, it is taken back. */
const offered = ({ onOffer }: Wordless): string => (onOffer ? 'It is on offer still. ' : '');

const whoCould = (services: readonly Candidate[]): string => {
  const before = services.filter(({ why }) => why === 'served-before').map(({ service }) => service);
  const elsewhere = services
    .filter(({ why }) => why === 'serves-elsewhere')
    .map(({ service, orchName }) => `${service} (${orchName})`);
  const known = [
    ...(before.length === 0 ? [] : [`It was served by ${firstOf(before)}.`]),
    ...(elsewhere.length === 0 ? [] : [`A step of this name is served by ${firstOf(elsewhere)}.`]),
  ];
  return known.length === 0 ? 'No service is known that could serve it.' : known.join(' ');
};

const withWorker = ({ held, services, since }: Wordless): string => {
  if (held !== null)
    return `is with ${held.by} since ${held.since}; its lease runs until ${held.leaseUntil}. ${standing(services)}`;
  return `is on offer since ${since}; nobody has taken it. ${standing(services)}`;
};

const standing = (services: readonly Candidate[]): string => {
  const said = services
    .filter(({ why }) => why === 'serves')
    .map(({ service, liveness }) => `${service} is ${liveness.state}`);
  return said.length === 0
    ? `Nobody serves it any more. ${whoCould(services)}`
    : `Of its services, ${firstOf(said)}.`;
};

const SAID = 5;

/** A sentence is for people: who wants all of them finds them in the list. */
const firstOf = (names: readonly string[]): string => {
  const more = names.length - SAID;
  return more > 0 ? `${names.slice(0, SAID).join(', ')} and ${more} more` : names.join(', ');
};

/** The run in a sentence: its end, or the first of its reasons. */
export const runWords = (document: SagaDocument, steps: readonly OpenStep[]): string => {
  const { ended, endedAt, pausedSince, awaitsDefinition, orchName } = document;
  if (ended !== null) return `The run has ended: ${ended} at ${String(endedAt)}.`;
  if (pausedSince !== null)
    return `The run is paused since ${pausedSince}. It goes on when somebody resumes it.`;
  if (awaitsDefinition !== null)
    return `No initiator has registered a definition of ${orchName}. The run starts when one does.`;
  return openWords(document, steps);
};

const openWords = ({ waiting }: SagaDocument, steps: readonly OpenStep[]): string => {
  const first = steps.find(({ step }) => step === waiting?.step);
  const others = steps.length - 1;
  const more = others > 0 ? ` ${others} more ${others === 1 ? 'step is' : 'steps are'} open.` : '';
  return `${first?.words ?? 'The run is moving.'}${more}`;
};

/** What happens next by itself: the earliest of what has a time, else the first that has none. */
export const nextAction = (document: SagaDocument, steps: readonly OpenStep[]): Explanation['next'] => {
  if (document.ended !== null || document.pausedSince !== null) return null;
  if (document.awaitsDefinition !== null)
    return { words: 'The run starts when an initiator registers.', step: null, at: null };
  const all = steps.flatMap(automatic);
  return all.reduce<Explanation['next']>((first, next) => (isSooner(next, first) ? next : first), null);
};

type Next = NonNullable<Explanation['next']>;

const isSooner = (next: Next, than: Explanation['next']): boolean =>
  than === null || (next.at !== null && (than.at === null || next.at < than.at));

const automatic = ({ step, reason, next, held, until }: OpenStep): readonly Next[] => {
  if (reason === 'worker-missing')
    return [{ words: `${step} is handed out when a worker for it registers.`, step, at: until }];
  if (reason === 'retry-backoff' && next !== 'operator')
    return [{ words: `${step} is tried again.`, step, at: until }];
  if (reason !== 'with-worker') return [];
  if (held !== null)
    return [{ words: `${step} is answered, or given up unless its worker is heard.`, step, at: until }];
  return [{ words: `${step} is taken by the next worker that polls.`, step, at: until }];
};
