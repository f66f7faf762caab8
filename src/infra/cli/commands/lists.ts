import { Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import type { CliDeps } from '../call.ts';
import { defineList } from '../list.ts';

const served = z.looseObject({
  orchestrations: z.array(
    z.looseObject({ orchName: z.string(), steps: z.array(z.looseObject({ name: z.string() })) }),
  ),
});

export const workerCommands = (parent: Command, deps: CliDeps): void => {
  defineList(parent, deps, {
    usage: 'list',
    hasPast: true,
    summary: 'services, what they do, and whether work can flow to them',
    example: 'worker list --orch-name create-tenant',
    path: () => '/api/v1/workers',
    columns: {
      SERVICE: 'service',
      STATE: 'liveness.state',
      'LAST POLL': 'liveness.lastPollAt',
      'LAST HEARTBEAT': 'liveness.lastHeartbeatAt',
      SERVES: 'serves',
    },
    filters: [
      new Option('--service <name>', 'this one'),
      new Option('--orch-name <name>', 'serving this orchestration'),
      new Option('--step <name>', 'serving this step of it'),
    ],
    adorn: (item) => {
      const parsed = served.safeParse(item);
      if (!parsed.success) return item;
      const { orchestrations } = parsed.data;
      const serves = orchestrations.flatMap(({ orchName, steps }) =>
        steps.map(({ name }) => `${orchName}/${name}`),
      );
      return { ...parsed.data, serves };
    },
  });
};

export const healingCommands = (parent: Command, deps: CliDeps): void => {
  defineList(parent, deps, {
    usage: 'list',
    hasPast: true,
    summary: 'which workers were missing, how long, and what waited for them',
    example: 'healing list --orch-name create-tenant',
    path: () => '/api/v1/healing',
    columns: {
      ORCHESTRATION: 'orchName',
      STEP: 'step',
      STATE: 'latest.state',
      SINCE: 'latest.since',
      UNTIL: 'latest.until',
      'SUPPLIED BY': 'latest.suppliedBy',
      WAITED: 'latest.waited',
      RESUMED: 'latest.resumed',
      INCIDENTS: 'incidents',
    },
    filters: [new Option('--orch-name <name>', 'of this orchestration')],
  });
};

export const timerCommands = (parent: Command, deps: CliDeps): void => {
  defineList(parent, deps, {
    usage: 'list',
    hasPast: true,
    summary: 'what runs do by themselves at a known time, the next one first',
    example: 'timer list --limit 20',
    path: () => '/api/v1/timers',
    columns: {
      DUE: 'dueAt',
      FLOW: 'flowId',
      ORCHESTRATION: 'orchName',
      STEP: 'step',
      ACTION: 'action',
      KIND: 'kind',
      ATTEMPT: 'attempt',
      REVISION: 'revision',
    },
    filters: [
      new Option('--orch-name <name>', 'of this orchestration'),
      new Option('--before <time>', 'due before this time'),
    ],
  });
};
