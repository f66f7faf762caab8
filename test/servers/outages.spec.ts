import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { startEventStoreDouble } from '../support/eventstoredb/double.ts';
import { flawsOf } from '../support/saga-history.ts';
import { startOwnKafka } from '../support/servers/kafka.ts';
import { startMongo } from '../support/servers/mongo.ts';
import { deploymentOn } from '../support/stack/skald-on-servers.ts';
import { stackLoad } from '../support/stack/stack-load.ts';

const AWAY_MS = Number(process.env['OUTAGE_SECONDS'] ?? 30) * 1000;
const CATCH_UP_MS = 15_000;
const DEADLINE_MS = 10_000;
const PER_SECOND = 5;

const log = await startEventStoreDouble();
const mongo = await startMongo();
const kafka = await startOwnKafka();
afterAll(() => Promise.all([log.stop(), mongo.stop(), kafka.stop()]));

const underLoad = async () => {
  const deployment = deploymentOn({ log: log.url, mongo: mongo.url, brokers: kafka.brokers });
  const skald = await deployment.start();
  const load = await stackLoad(deployment, PER_SECOND);
  onTestFinished(load.stop);
  load.doors.up('a', skald.address);
  await load.begin();
  await load.until(() => load.watch.ended.size >= 5 * PER_SECOND);
  return { skald, load };
};

describe('a server away under load', () => {
  it.each([
    { name: 'EventStoreDB', leave: log.stop, comeBack: log.start },
    { name: 'MongoDB', leave: mongo.kill, comeBack: mongo.restart },
    { name: 'Kafka', leave: kafka.kill, comeBack: kafka.restart },
  ])('$name', { timeout: AWAY_MS + 180_000 }, async ({ name, leave, comeBack }) => {
    const { skald, load } = await underLoad();
    const before = load.doors.notes.length;
    await leave();
    await pass(AWAY_MS);
    const during = load.doors.notes.slice(before);
    const stuck = load.open();
    await comeBack();
    const backAt = performance.now();
    const backDate = Date.now();
    const acknowledged = [...load.runs.keys()];
    await load.until(() => load.open(acknowledged).length === 0);
    const tookMs = performance.now() - backAt;
    console.log(name, 'runs', acknowledged.length, 'stuck', stuck.length, 'catch up', Math.round(tookMs), 'ms');
    const kinds = Map.groupBy(during, ({ what, status }) => `${what} ${String(status)}`);
    for (const [kind, notes] of kinds)
      console.log('  ', kind, notes.length, Math.round(Math.max(...notes.map(({ tookMs: ms }) => ms))), 'ms');
    await load.drain();
    expect(await skald.stop()).toBe(0);
    const events = await load.watch.events();
    const firstAfter = (what: string, is: (e: (typeof events)[number]) => boolean) => {
      const first = events.filter(is).map(({ metadata }) => Date.parse(metadata.recordedAt) - backDate).find((ms) => ms > 0);
      console.log('   first', what, first);
    };
    firstAfter('kafka start', ({ type, metadata }) => type === 'SagaStarted' && metadata.actor.source === 'kafka');
    firstAfter('http start', ({ type, metadata }) => type === 'SagaStarted' && metadata.actor.source === 'http');
    firstAfter('kafka answer', ({ type, metadata }) => type === 'StepSucceeded' && metadata.actor.source === 'kafka');
    firstAfter('http answer', ({ type, metadata }) => type === 'StepSucceeded' && metadata.actor.source === 'http');
    console.log('  first kafka act', load.world.kafkaActs.map((at) => at - backDate).find((ms) => ms > 0));
    const perSecond = (what: string, times: number[]) => {
      const counts = Array.from({ length: 40 }, (_, second) => times.filter((at) => Math.floor((at - backDate) / 1000) === second).length);
      console.log('  ', what, counts.join(' '));
    };
    const timesOf = (is: (e: (typeof events)[number]) => boolean) => events.filter(is).map(({ metadata }) => Date.parse(metadata.recordedAt));
    perSecond('acts over kafka', load.world.kafkaActs);
    perSecond('answers by kafka', timesOf(({ type, metadata }) => type.startsWith('Step') && metadata.actor.source === 'kafka'));
    perSecond('starts by kafka', timesOf(({ type, metadata }) => type === 'SagaStarted' && metadata.actor.source === 'kafka'));
    perSecond('ends', timesOf(({ type }) => type === 'SagaCompleted' || type === 'SagaUndone'));
    perSecond('starts', timesOf(({ type }) => type === 'SagaStarted'));
    console.log(skald.output().slice(-6000));
    const streams = Map.groupBy(
      events.filter(({ stream }) => stream.startsWith('saga-')),
      ({ stream }) => stream,
    );
    expect(flawsOf(streams, load)).toEqual([]);
    const slowest = Math.max(...load.doors.notes.map(({ tookMs: ms }) => ms));
    expect(slowest).toBeLessThan(DEADLINE_MS);
    expect(tookMs).toBeLessThan(CATCH_UP_MS);
  });
});
