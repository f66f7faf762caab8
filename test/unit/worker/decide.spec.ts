import { describe, it } from 'vitest';
import { workerAggregate } from '../../../src/domain/worker/aggregate.ts';
import type { JudgeWorker } from '../../../src/domain/worker/decide.ts';
import type { WorkerEvent } from '../../../src/domain/worker/events.ts';
import type { Observation, Signs } from '../../../src/domain/worker/judge.ts';
import { deciderSpec } from '../../support/decider-spec.ts';

const START = 1_000_000;
const service = 'tenant-service';

type Seen = Partial<Signs> & Pick<Observation, 'now'> & { readonly lyingSince?: number };

/** Times count from when anybody began to listen. Silent after 60, deaf after 30. */
const judged = ({ now, lyingSince, ...signs }: Seen): JudgeWorker => {
  const at = (time = -START): number => START + time;
  const { polledAt, heartbeatAt, workedAt, busyUntil } = signs;
  return {
    type: 'JudgeWorker',
    service,
    observation: {
      now: START + now,
      listeningSince: START,
      limits: { silentMs: 60, deafMs: 30 },
      signs: {
        polledAt: at(polledAt),
        heartbeatAt: at(heartbeatAt),
        workedAt: at(workedAt),
        busyUntil: at(busyUntil),
      },
      lying:
        lyingSince === undefined ? null : { orchName: 'tenant', step: 'create', since: START + lyingSince },
    },
  };
};

const spec = deciderSpec(workerAggregate.decider);
const given = (...events: readonly WorkerEvent[]) => ({
  when: (seen: Seen) => spec(...events).when(judged(seen)),
});

const silent = (since: number): WorkerEvent => ({
  type: 'WorkerSilent',
  data: { service, since: START + since },
});
const deaf = (since: number): WorkerEvent => ({
  type: 'WorkerDeaf',
  data: { service, since: START + since, orchName: 'tenant', step: 'create' },
});
const back = (since: number, was: 'silent' | 'deaf'): WorkerEvent => ({
  type: 'WorkerBack',
  data: { service, since: START + since, was },
});

describe('a service that nothing is heard of', () => {
  it('is silent once the time is up, from its last poll on', () => {
    given().when({ now: 69, polledAt: 10 }).thenNothing();
    given().when({ now: 70, polledAt: 10 }).then(silent(10));
  });

  it('is not silent while its heartbeats come', () => {
    given().when({ now: 500, polledAt: 10, heartbeatAt: 450 }).thenNothing();
  });

  it('is not silent while it holds a task', () => {
    given().when({ now: 500, polledAt: 10, workedAt: 10, busyUntil: 501 }).thenNothing();
    given().when({ now: 501, polledAt: 10, workedAt: 10, busyUntil: 501 }).then(silent(10));
  });

  it('is not silent before one whole interval of listening has passed', () => {
    given().when({ now: 59 }).thenNothing();
    given().when({ now: 60 }).then(silent(0));
  });

  it('is recorded as silent once', () => {
    given(silent(10)).when({ now: 500, polledAt: 10 }).thenNothing();
  });

  it('is back when it polls, and not when only its heartbeats come', () => {
    given(silent(10)).when({ now: 500, polledAt: 10, heartbeatAt: 500 }).thenNothing();
    given(silent(10)).when({ now: 500, polledAt: 490, heartbeatAt: 500 }).then(back(490, 'silent'));
  });

  it('is back when it is heard to work on a task it holds', () => {
    given(silent(10)).when({ now: 500, workedAt: 490, busyUntil: 520 }).then(back(490, 'silent'));
  });
});

describe('a service that is heard but takes nothing', () => {
  it('is deaf when tasks lie on offer for it for long enough', () => {
    const frozen = { polledAt: 5, heartbeatAt: 45 };
    given()
      .when({ now: 49, lyingSince: 20, ...frozen })
      .thenNothing();
    given()
      .when({ now: 50, lyingSince: 20, ...frozen })
      .then(deaf(20));
  });

  it('is deaf when it has never polled at all', () => {
    given().when({ now: 50, lyingSince: 20, heartbeatAt: 45 }).then(deaf(20));
  });

  it('is not deaf while nothing lies on offer', () => {
    given().when({ now: 500, polledAt: 5, heartbeatAt: 499 }).thenNothing();
  });

  it('is not deaf for so long after a poll', () => {
    given().when({ now: 100, lyingSince: 20, polledAt: 71, heartbeatAt: 99 }).thenNothing();
    given().when({ now: 101, lyingSince: 20, polledAt: 71, heartbeatAt: 99 }).then(deaf(71));
  });

  it('is not deaf while it is busy with a task', () => {
    const busy = { polledAt: 5, workedAt: 90, heartbeatAt: 90, busyUntil: 120, lyingSince: 20 };
    given()
      .when({ now: 110, ...busy })
      .thenNothing();
  });

  it('is not called deaf where its heartbeats have stopped: it will be silent', () => {
    given().when({ now: 65, lyingSince: 20, polledAt: 10, heartbeatAt: 30 }).thenNothing();
    given().when({ now: 90, lyingSince: 20, polledAt: 10, heartbeatAt: 30 }).then(silent(30));
  });

  it('is recorded as deaf once, and back when it polls', () => {
    given(deaf(20)).when({ now: 90, lyingSince: 20, polledAt: 5, heartbeatAt: 85 }).thenNothing();
    given(deaf(20)).when({ now: 90, heartbeatAt: 85 }).thenNothing();
    given(deaf(20)).when({ now: 90, polledAt: 88, heartbeatAt: 85 }).then(back(88, 'deaf'));
  });

  it('turns silent when its heartbeats stop too, and deaf when they come again', () => {
    given(deaf(20)).when({ now: 500, lyingSince: 20, heartbeatAt: 85 }).then(silent(85));
    given(silent(85)).when({ now: 500, lyingSince: 20, heartbeatAt: 490 }).then(deaf(20));
  });
});
