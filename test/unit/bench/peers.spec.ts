import { describe, expect, it } from 'vitest';
import type { Peer } from '../../../bench/peers/peer.ts';
import type { Round } from '../../../bench/peers/rounds.ts';
import { roundOf, summary } from '../../../bench/peers/rounds.ts';

const round = (peer: string, inFlight: number, perSecond: number): Round => ({
  ...{ peer, durability: 'fsync', inFlight, perSecond },
  ...{ p50: 1, p99: 2, cpu: Number.NaN },
});

const ended: string[] = [];
const peerThat = (run: (runs: number, inFlight: number) => number): Peer => ({
  name: 'a peer',
  missing: () => undefined,
  start: () =>
    Promise.resolve({
      durability: 'fsync',
      run: (runs, inFlight) =>
        Promise.resolve({ completed: runs, seconds: run(runs, inFlight), p50: 1, p99: 2 }),
      serverCpu: () => undefined,
      stop: () => {
        ended.push('a peer');
        return Promise.resolve();
      },
    }),
});

describe('a round', () => {
  it('warms up at the most in flight, then measures each, with a tenth of the runs one at a time', async () => {
    const asked: (readonly [runs: number, inFlight: number])[] = [];
    const peer = peerThat((runs, inFlight) => {
      asked.push([runs, inFlight]);
      return 2;
    });
    const rounds = await roundOf(peer, { inFlights: [1, 64], runs: 5000, warmUpRuns: 1000 });
    expect(asked).toEqual([
      ...[
        [1000, 64],
        [500, 1],
        [5000, 64],
      ],
    ]);
    expect(rounds.map(({ inFlight, perSecond }) => [inFlight, perSecond])).toEqual([
      ...[
        [1, 250],
        [64, 2500],
      ],
    ]);
  });

  it('takes the peer away where a measurement fails', async () => {
    ended.length = 0;
    const failing = peerThat(() => {
      throw new Error('it fell over');
    });
    await expect(roundOf(failing, { inFlights: [1], runs: 10, warmUpRuns: 10 })).rejects.toThrow(
      'it fell over',
    );
    expect(ended).toEqual(['a peer']);
  });
});

describe('the summary', () => {
  it('shows the median of the rounds, and how many times as many runs Skald does', () => {
    const rounds = [900, 1000, 5000].map((perSecond) => round('Other', 64, perSecond));
    const text = summary([...rounds, round('Skald', 64, 4500)]);
    expect(text).toMatch(/^Other +64 +1,000 .* 4\.5 ×$/m);
    expect(text).toMatch(/^Skald +64 +4,500 .*unknown$/m);
  });

  it('compares with what ran at the same number in flight only', () => {
    const text = summary([round('Skald', 64, 4500), round('Other', 1, 100)]);
    expect(text).toMatch(/^Other +1 +100 .*unknown$/m);
  });

  it('names the durability of each', () => {
    expect(summary([round('Other', 1, 100)])).toContain('Other: fsync');
  });
});
