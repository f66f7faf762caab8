import { describe, expect, it } from 'vitest';
import { createPresence } from '../../../src/commands/worker/presence.ts';
import type { HeardSigns } from '../../../src/infra/presence/port.ts';
import { manualClock } from '../../support/manual-clock.ts';

const START = 1_700_000_000_000;
const pass = (clock: ReturnType<typeof manualClock>, ms: number) =>
  clock.advance(ms, () => Promise.resolve());
const never: HeardSigns = { polledAt: 0, heartbeatAt: 0, claimedAt: 0, workedAt: 0, busyUntil: 0 };

describe('presence of workers whose other processes are heard too', () => {
  it('takes the later of what was heard here and elsewhere, sign by sign', async () => {
    const clock = manualClock(START);
    const elsewhere = { ...never, polledAt: START + 5, heartbeatAt: START - 10, busyUntil: START + 900 };
    const presence = createPresence(clock, (service) => (service === 'a' ? elsewhere : undefined));
    presence.heartbeat('a');
    await pass(clock, 2);
    presence.claimed('a', START + 500);
    expect(presence.signsOf('a')).toEqual({
      polledAt: START + 5,
      heartbeatAt: START,
      claimedAt: START + 2,
      workedAt: START + 2,
      busyUntil: START + 900,
    });
    expect(presence.livenessOf('a')).toEqual({
      state: 'live',
      lastPollAt: new Date(START + 5).toISOString(),
      lastHeartbeatAt: new Date(START).toISOString(),
      lastClaimAt: new Date(START + 2).toISOString(),
    });
  });

  it('counts a service as heard that only others have heard', () => {
    const presence = createPresence(manualClock(START), (service) =>
      service === 'a' ? { ...never, heartbeatAt: START } : undefined,
    );
    expect([presence.isHeard('a'), presence.isHeard('b')]).toEqual([true, false]);
    expect([presence.livenessOf('a').state, presence.livenessOf('b').state]).toEqual(['live', 'unseen']);
  });

  it('sees one that was silent as back by the poll it makes elsewhere', () => {
    let elsewhere = { ...never, heartbeatAt: START };
    const presence = createPresence(manualClock(START), () => elsewhere);
    presence.record('a', { status: 'silent', since: START - 1 });
    expect(presence.livenessOf('a').state).toBe('silent');
    elsewhere = { ...elsewhere, polledAt: START };
    expect(presence.livenessOf('a').state).toBe('live');
  });

  it('tells others only what it has heard itself, and of an open poll that it polls now', async () => {
    const clock = manualClock(START);
    const presence = createPresence(clock, () => ({ ...never, heartbeatAt: START + 99 }));
    const end = presence.polling('a');
    await pass(clock, 7);
    expect(presence.heardHere()).toEqual([['a', { ...never, polledAt: START + 7 }]]);
    end();
    await pass(clock, 7);
    expect(presence.heardHere()).toEqual([['a', { ...never, polledAt: START + 7 }]]);
  });
});
