// What services say by records on the bus, in YAML.
import { z } from 'zod';
import { runToEnd } from './part.ts';
import type { Part, Played, Records, Stage } from './part.ts';

const ORDER = { tenant: 'acme', plan: 'team' };

const inviteTeam = (orchName: string): string => `
orchName: ${orchName}
as: initiator
type: sequential
steps:
  - { name: collect-addresses, seq: 1, objectType: list }
  - { name: send-invitations, seq: 2, objectType: mail, undo: false }
`;

const INDENT = '    ';
/** One blank too few. */
const MISTAKEN = '   ';
const renameTenant = (orchName: string, indent = INDENT): string => `
orchName: ${orchName}
as: initiator
type: sequential
steps:
  - name: change-address
    seq: 1
    objectType: address
  - name: tell-users
${indent}seq: 2
    objectType: mail
`;

const status = z.object({ as: z.string(), serviceName: z.string(), status: z.string() });
type Status = z.infer<typeof status>;

/** A service of that name registers; resolves once the record is on the bus. */
const register = async (
  { bus, prefix, deadline }: Records,
  orchName: string,
  { service, yaml }: { readonly service: string; readonly yaml: string },
): Promise<string> => {
  const topic = `${prefix}.registration`;
  await bus.there([topic], deadline);
  await bus.send({ topic, key: orchName, value: yaml, headers: { serviceName: service } });
  return topic;
};

/** What Skald says became of the initiator's registration, once it does. */
const statusOf = async ({ bus, prefix, deadline }: Records, orchName: string): Promise<Status> => {
  const topic = `${prefix}.registration.status`;
  const reported = Promise.withResolvers<Status>();
  deadline.addEventListener('abort', () => {
    reported.reject(new Error(`no status of ${orchName}`));
  });
  await bus.there([topic], deadline);
  await bus.read(`${prefix}-${orchName}-initiator`, [topic], ({ key, value }) => {
    const found = status.parse(JSON.parse(value));
    if (key === orchName && found.as === 'initiator') reported.resolve(found);
    return Promise.resolve();
  });
  return reported.promise;
};

const playInvitation = async (stage: Stage, records: Records): Promise<Played> => {
  const orchName = stage.named('invite-team');
  await register(records, orchName, { service: 'team-service', yaml: inviteTeam(orchName) });
  const told = await statusOf(records, orchName);
  stage.tell(`told on ${records.prefix}.registration.status: ${told.serviceName}, ${told.status}`);
  stage.startWorker('team-service', 'invite-team/collect-addresses', 'invite-team/send-invitations');
  await stage.skald.staffed(orchName);
  const { flowId } = await runToEnd(stage, 'invite-team', ORDER);
  const claims = {
    'its registration was reported as a success': told.status === 'SUCCESS',
    'the report names the service': told.serviceName === 'team-service',
  };
  return { flowId, claims };
};

const playPoison = async (stage: Stage, records: Records): Promise<Played> => {
  const { letters, tell } = stage;
  const orchName = stage.named('rename-tenant');
  const poison = { service: 'directory-service', yaml: renameTenant(orchName, MISTAKEN) };
  const topic = await register(records, orchName, poison);
  const letter = await letters.of(topic, orchName);
  tell(`dead letter ${letter.id}: ${letter.code}, ${letter.detail}`);
  const difference = await letters.edit(letter, renameTenant(orchName), 'a blank was missing');
  for (const line of difference) tell(`  ${line}`);
  const redriven = await letters.redrive(letter, 'it is well formed now');
  tell(`redriven: ${redriven.state}, ${redriven.outcome ?? redriven.detail}`);
  stage.startWorker('directory-service', 'rename-tenant/change-address', 'rename-tenant/tell-users');
  await stage.skald.staffed(orchName);
  const { flowId } = await runToEnd(stage, 'rename-tenant', ORDER);
  const claims = {
    'what is wrong with it is that it is no YAML': letter.code === 'malformed_yaml',
    'the edit changed one line': difference.join() === `-${MISTAKEN}seq: 2,+${INDENT}seq: 2`,
    'the registration took effect at the redrive': redriven.outcome === 'done',
  };
  return { flowId, claims };
};

/** Only where there is a bus. */
const withRecords =
  (play: (stage: Stage, records: Records) => Promise<Played>): Part['play'] =>
  async (stage) =>
    stage.records === undefined ? undefined : play(stage, stage.records);

export const recordParts: readonly Part[] = [
  {
    title: 'A service registers by a record in YAML',
    play: withRecords(playInvitation),
    ending: {
      status: 'COMPLETED',
      steps: { 'collect-addresses': 'SUCCEEDED', 'send-invitations': 'SUCCEEDED' },
      undone: [],
    },
  },
  {
    title: 'A record is no YAML: it becomes a dead letter, is mended, and takes effect',
    play: withRecords(playPoison),
    ending: {
      status: 'COMPLETED',
      steps: { 'change-address': 'SUCCEEDED', 'tell-users': 'SUCCEEDED' },
      undone: [],
    },
  },
];
