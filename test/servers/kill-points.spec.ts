import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { startKafka } from '../support/servers/kafka.ts';
import { startMongo } from '../support/servers/mongo.ts';
import { CRASH_POINTS, crashingLog } from '../support/stack/crash-points.ts';
import { EVENTS, TAKEN_IN, distinctIds, readTopics } from '../support/stack/read-topics.ts';
import { deploymentOn } from '../support/stack/skald-on-servers.ts';
import { publishedFlaws, selected, stackFlaws } from '../support/stack/stack-checks.ts';
import { stackLoad } from '../support/stack/stack-load.ts';
import { takenIn } from '../support/stack/taken-in.ts';

const ROUNDS = 2;
const PER_SECOND = 10;
// What a killed process was given comes to the next one after this.
const SESSION_MS = 3000;
const WITHIN = { timeout: 60_000, interval: 100 };

const log = await crashingLog();
const mongo = await startMongo();
const kafka = await startKafka();
afterAll(() => Promise.all([log.stop(), mongo.stop(), kafka.stop()]));

describe('Skald killed between append and offset commit, and between produce and checkpoint (F-K-13)', () => {
  it('takes in and publishes again what it must, once in effect', { timeout: 300_000 }, async () => {
    const deployment = deploymentOn({ log: log.url, mongo: mongo.url, brokers: kafka.brokers }, SESSION_MS);
    let skald = await deployment.start();
    const load = await stackLoad(deployment, PER_SECOND);
    onTestFinished(load.stop);
    load.doors.up('a', skald.address);
    await load.begin();
    await load.until(() => load.watch.ended.size >= PER_SECOND);
    let poison = 0;
    for (let round = 0; round < ROUNDS; round += 1)
      for (const point of CRASH_POINTS) {
        const struck = Promise.withResolvers<undefined>();
        log.arm(point, () => {
          struck.resolve(skald.kill().then(() => undefined));
          load.doors.down('a');
        });
        if (point === 'letter parked') {
          poison += 1;
          await load.kafka.send('start', { key: `poison-${String(poison)}`, value: '{ this is no JSON' });
        }
        await struck.promise;
        skald = await deployment.start();
        load.doors.up('a', skald.address);
        const before = load.watch.ended.size;
        await load.until(() => load.watch.ended.size > before);
      }
    await load.drain();

    const came = await readTopics(deployment, TAKEN_IN);
    const published = await readTopics(deployment, EVENTS);
    onTestFinished(() => Promise.all([came.stop(), published.stop()]).then(() => undefined));
    await expect.poll(async () => came.records.length - (await came.there()), WITHIN).toBe(0);
    // Whoever came too late with an answer is noted after the run has ended.
    await expect.poll(async () => takenIn(await load.watch.events(), came.records).flaws, WITHIN).toEqual([]);
    const events = await load.watch.events();
    const counts = takenIn(events, came.records);
    await expect.poll(() => distinctIds(published.records), WITHIN).toBe(selected(events).length);

    expect(stackFlaws(events, load)).toEqual([]);
    expect(publishedFlaws(events, published.records)).toEqual([]);
    expect(counts.records + counts.takenAgain).toBe(counts.events + counts.notes + counts.letters);
    expect(counts.letters).toBe(poison);
    expect(counts.takenAgain).toBeGreaterThanOrEqual(ROUNDS);
    expect(published.records.length - selected(events).length).toBeGreaterThanOrEqual(ROUNDS);
    expect(await skald.stop()).toBe(0);
  });
});
