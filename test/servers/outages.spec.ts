import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { startEventStoreDouble } from '../support/eventstoredb/double.ts';
import { startOwnKafka } from '../support/servers/kafka.ts';
import { startOwnMongo } from '../support/servers/mongo.ts';
import { allEnded } from '../support/stack/all-ended.ts';
import { countedRuns, runsIn } from '../support/stack/counted-runs.ts';
import { EVENTS, distinctIds, readTopics } from '../support/stack/read-topics.ts';
import { deploymentOn } from '../support/stack/skald-on-servers.ts';
import { publishedFlaws, selected, stackFlaws } from '../support/stack/stack-checks.ts';
import { stackLoad } from '../support/stack/stack-load.ts';

const AWAY_MS = Number(process.env['OUTAGE_SECONDS'] ?? 30) * 1000;
const CATCH_UP_MS = 15_000;
const DEADLINE_MS = 10_000;
// What is left lying for 30 s must be done within 15 s, by a store that may have no secondary index either.
const PER_SECOND = Number(process.env['RUNS_PER_SECOND'] ?? 5);
// Kafka keeps the places of members it has forgotten for as long: nobody reads before that.
const SESSION_MS = 6000;

const log = await startEventStoreDouble();
const mongo = await startOwnMongo();
const kafka = await startOwnKafka();
afterAll(() => Promise.all([log.stop(), mongo.stop(), kafka.stop()]));

const underLoad = async () => {
  const deployment = deploymentOn({ log: log.url, mongo: mongo.url, brokers: kafka.brokers }, SESSION_MS);
  const skald = await deployment.start();
  const load = await stackLoad(deployment, PER_SECOND);
  onTestFinished(load.stop);
  load.doors.up('a', skald.address);
  await load.begin();
  await load.until(() => load.watch.ended.size >= 5 * PER_SECOND);
  return { deployment, skald, load };
};

type Load = Awaited<ReturnType<typeof underLoad>>['load'];
const refused = ({ doors }: Load, what: string) =>
  doors.notes.filter((note) => note.what === what && note.status === 503);

/** How it shows that the server was away. */
const SERVERS = [
  {
    name: 'EventStoreDB',
    ...{ leave: log.stop, comeBack: log.start },
    isNoticed: (load: Load) => refused(load, 'start').length > 0,
  },
  {
    name: 'MongoDB',
    ...{ leave: mongo.kill, comeBack: mongo.restart },
    isNoticed: (load: Load) => refused(load, 'poll').length > 0,
  },
  {
    name: 'Kafka',
    ...{ leave: kafka.kill, comeBack: kafka.restart },
    // Runs are started as ever, and none gets past its step over Kafka.
    isNoticed: (load: Load, open: number) =>
      refused(load, 'start').length === 0 && open > (PER_SECOND * AWAY_MS) / 2000,
  },
];

describe('a server that is away for a while under load', () => {
  it.each(SERVERS)(
    '$name: every call is answered in time, nothing is lost, all is caught up within 15 s',
    { timeout: AWAY_MS + 240_000 },
    async ({ name, leave, comeBack, isNoticed }) => {
      const { deployment, skald, load } = await underLoad();
      await leave();
      await pass(AWAY_MS);
      const open = load.open().length;
      const isSeen = isNoticed(load, open);
      await comeBack();
      const caughtUpMs = await allEnded(load, [...load.runs.keys()]);
      await load.drain();
      const { notes } = load.doors;
      const slowestMs = Math.max(...notes.map(({ tookMs }) => tookMs));
      const kinds = [...Map.groupBy(notes, ({ what, status }) => `${what} ${String(status)}`)];
      console.log(
        `${name}: ${String(open)} runs open at its return, caught up after ${String(Math.round(caughtUpMs))} ms;`,
        `slowest call ${String(Math.round(slowestMs))} ms;`,
        kinds.map(([kind, of]) => `${kind}: ${String(of.length)}`).join(', '),
      );

      const events = await load.watch.events();
      const published = await readTopics(deployment, EVENTS);
      onTestFinished(published.stop);
      const caughtUp = { timeout: CATCH_UP_MS, interval: 100 };
      await expect.poll(() => distinctIds(published.records), caughtUp).toBe(selected(events).length);
      await expect.poll(() => countedRuns(skald.address), caughtUp).toEqual(runsIn(events));

      expect(stackFlaws(events, load)).toEqual([]);
      expect(publishedFlaws(events, published.records)).toEqual([]);
      expect(isSeen).toBe(true);
      expect(slowestMs).toBeLessThan(DEADLINE_MS);
      expect(notes.filter(({ status }) => status === 'none')).toEqual([]);
      expect(notes.filter(({ status, hasRetryAfter }) => status === 503 && !hasRetryAfter)).toEqual([]);
      expect(caughtUpMs).toBeLessThan(CATCH_UP_MS);
      expect(await skald.stop()).toBe(0);
    },
  );
});
