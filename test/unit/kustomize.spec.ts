import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../src/config.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import {
  KUSTOMIZE,
  patched,
  readBase,
  readOverlays,
  readResources,
  settingsOf,
} from '../support/kustomize-files.ts';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const overlays = readOverlays();
const orgOf = (name: string): string => name.split('/')[0] ?? '';
const baseOf = (name: string): string =>
  name.endsWith('/beta') ? `/beta/${orgOf(name)}` : `/${orgOf(name)}`;

/** A copy of what the script works on, with its overlays as they are, or these alone. */
const copied = (only?: readonly string[]): string => {
  const directory = freshDirectory();
  for (const part of ['script', 'kustomize'])
    cpSync(join(TOP, part), join(directory, part), {
      recursive: true,
      filter: (path) => only === undefined || !path.includes('/overlays'),
    });
  for (const name of only ?? []) {
    mkdirSync(join(directory, 'kustomize/overlays', name), { recursive: true });
    writeFileSync(join(directory, 'kustomize/overlays', name, 'kustomization.yaml'), '');
  }
  return directory;
};

const render = (directory: string, args: readonly string[] = [], path = process.env['PATH'] ?? '') => {
  const script = join(directory, 'script/render-overlay.sh');
  const { status, stdout, stderr } = spawnSync('bash', [script, ...args], {
    encoding: 'utf8',
    env: { PATH: path },
  });
  return { status, stdout, stderr };
};

const overlayIn = (directory: string, name: string): string =>
  readFileSync(join(directory, 'kustomize/overlays', name, 'kustomization.yaml'), 'utf8');

/** A PATH with what the script needs, and without envsubst. */
const withoutEnvsubst = (): string => {
  const directory = freshDirectory();
  for (const tool of ['bash', 'cat', 'cmp', 'dirname', 'find', 'mkdir', 'mktemp', 'rm', 'sort']) {
    const folders = (process.env['PATH'] ?? '').split(delimiter);
    const found = folders.map((folder) => join(folder, tool)).find((path) => existsSync(path));
    if (found === undefined) throw new Error(`there is no ${tool} here`);
    symlinkSync(found, join(directory, tool));
  }
  return directory;
};

describe('kustomize', () => {
  it('holds nothing but YAML that can be read, and every file that it names', () => {
    const files = readdirSync(KUSTOMIZE, { recursive: true, encoding: 'utf8' });
    const yaml = files.filter((file) => file.endsWith('.yaml'));
    for (const file of yaml)
      expect(parseDocument(readFileSync(join(KUSTOMIZE, file), 'utf8')).errors, file).toEqual([]);
    const inBase = yaml.filter((file) => file.startsWith('base/')).map((file) => file.slice('base/'.length));
    expect(['kustomization.yaml', ...readBase().resources].sort()).toEqual(inBase.sort());
    for (const [name, { resources }] of overlays)
      for (const path of resources)
        expect(existsSync(join(KUSTOMIZE, 'overlays', name, path, 'kustomization.yaml')), name).toBe(true);
  });

  it('has sixteen organisations with two environments each', () => {
    expect([...overlays.keys()]).toHaveLength(32);
    expect(new Set([...overlays.keys()].map(orgOf)).size).toBe(16);
  });

  it.each([...overlays.keys()])('gives %s settings that Skald starts with', (name) => {
    const overlay = overlays.get(name);
    if (overlay === undefined) throw new Error(name);
    const secrets = {
      EVENTSTOREDB_URL: 'esdb://user:password@log:2113?tls=true',
      MONGODB_URL: 'mongodb://user:password@mongo:27017/skald',
      ...{ KAFKA_BROKERS: 'kafka:9093', KAFKA_USERNAME: 'skald', KAFKA_PASSWORD: 'secret' },
    };
    const loaded = loadConfig({ ...settingsOf(overlay), ...secrets });
    const org = orgOf(name);
    expect(loaded).toMatchObject({
      kind: 'ok',
      config: {
        ...{ BASE_PATH: baseOf(name), ORG_ID: org.replaceAll('-', '.'), TOPIC_ORG_ID: org },
        ...{ TOPIC_REPLICAS: 2, METRICS_PORT: 9464 },
      },
    });
  });

  it.each([...overlays.keys()])('gives %s its own names and paths, and nothing else of its own', (name) => {
    const overlay = overlays.get(name);
    const twin = overlays.get('bfk-no/api');
    if (overlay === undefined || twin === undefined) throw new Error(name);
    const org = orgOf(name);
    expect(overlay.namespace).toBe(org);
    expect(overlay.labels[0]?.pairs).toEqual({
      'app.kubernetes.io/instance': `skald_${org.replaceAll('-', '_')}`,
      'skald.dev/org-id': org.replaceAll('-', '.'),
    });
    const own = JSON.stringify({ ...overlay, configMapGenerator: null })
      .replaceAll(baseOf(name), '/bfk-no')
      .replaceAll(org, 'bfk-no')
      .replaceAll(org.replaceAll('-', '_'), 'bfk_no')
      .replaceAll(org.replaceAll('-', '.'), 'bfk.no')
      .replaceAll(org.replaceAll('-', ''), 'bfkno');
    expect(JSON.parse(own)).toEqual({ ...twin, configMapGenerator: null });
  });

  it('lets the roles of the right organisations count', () => {
    const roles = (name: string): unknown => {
      const overlay = overlays.get(name);
      return overlay === undefined ? undefined : JSON.parse(settingsOf(overlay)['ORGANISATION_ROLES'] ?? '');
    };
    const everywhere = { 'vigo.no': ['DEVELOPER', 'USER'], 'novari.no': ['DEVELOPER', 'USER'] };
    const nearby = { 'viken.no': ['USER'], 'frid-iks.no': ['USER'] };
    expect(roles('vlfk-no/beta')).toEqual({ 'vlfk.no': ['USER'], ...everywhere });
    for (const org of ['afk', 'bfk', 'ofk'])
      expect(roles(`${org}-no/api`)).toEqual({ [`${org}.no`]: ['USER'], ...nearby, ...everywhere });
  });
});

const probe = (path: string) =>
  z.looseObject({ httpGet: z.strictObject({ path: z.literal(path), port: z.literal('http') }) });
const quantity = z.string().regex(/^\d+(?:m|Mi)$/);
const resources = z.strictObject({ cpu: quantity, memory: quantity, 'ephemeral-storage': quantity });
const fromSecret = z.strictObject({
  name: z.string(),
  valueFrom: z.strictObject({
    secretKeyRef: z.strictObject({ name: z.string(), key: z.string(), optional: z.boolean().optional() }),
  }),
});

/** Others need this long to learn that a pod goes; requests that come meanwhile must not meet a closed door. */
const PAUSE_S = 5;
const preStop = z.strictObject({
  exec: z.strictObject({ command: z.tuple([z.literal('sleep'), z.literal(String(PAUSE_S))]) }),
});
/** As long as a process takes to finish what is under way, at most. */
const DRAIN_S = 25;

/** What the restricted profile of Kubernetes asks for, and more. */
const containerOf = (base: string) =>
  z.looseObject({
    name: z.literal('skald'),
    imagePullPolicy: z.literal('IfNotPresent'),
    env: z.array(fromSecret),
    envFrom: z.tuple([z.strictObject({ configMapRef: z.strictObject({ name: z.literal('skald') }) })]),
    securityContext: z.strictObject({
      allowPrivilegeEscalation: z.literal(false),
      capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
      privileged: z.literal(false),
      readOnlyRootFilesystem: z.literal(true),
    }),
    resources: z.strictObject({ requests: resources, limits: resources }),
    lifecycle: z.strictObject({ preStop }),
    startupProbe: probe(`${base}/actuator/health/liveness`),
    readinessProbe: probe(`${base}/actuator/health`).extend({
      initialDelaySeconds: z.literal(0),
      periodSeconds: z.literal(10),
      timeoutSeconds: z.literal(3),
      failureThreshold: z.literal(5),
    }),
    livenessProbe: probe(`${base}/actuator/health/liveness`),
  });

const deploymentOf = (base: string, org: string) =>
  z.looseObject({
    apiVersion: z.literal('apps/v1'),
    spec: z.looseObject({
      strategy: z.strictObject({
        type: z.literal('RollingUpdate'),
        rollingUpdate: z.strictObject({ maxSurge: z.literal(1), maxUnavailable: z.literal(0) }),
      }),
      template: z.looseObject({
        metadata: z.looseObject({
          annotations: z.strictObject({
            'prometheus.io/scrape': z.literal('true'),
            'prometheus.io/port': z.literal('9464'),
            'prometheus.io/path': z.literal(`${base}/actuator/prometheus`),
            'skald.dev/kafka-acl': z.literal(`admin ${org}.flyt.*\nadmin ${org.replaceAll('-', '')}.*`),
          }),
        }),
        // Nothing else: no host's network, no host's processes.
        spec: z.strictObject({
          serviceAccountName: z.literal('skald'),
          automountServiceAccountToken: z.literal(false),
          enableServiceLinks: z.literal(false),
          terminationGracePeriodSeconds: z.int().min(PAUSE_S + DRAIN_S + 5),
          securityContext: z.looseObject({
            runAsNonRoot: z.literal(true),
            runAsUser: z.literal(1000),
            seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
          }),
          topologySpreadConstraints: z.array(z.looseObject({ maxSkew: z.literal(1) })).length(1),
          containers: z.tuple([containerOf(base)]),
          volumes: z.array(
            z.union([
              z.strictObject({ name: z.string(), secret: z.looseObject({ secretName: z.string() }) }),
              z.strictObject({ name: z.string(), emptyDir: z.strictObject({ sizeLimit: quantity }) }),
            ]),
          ),
        }),
      }),
    }),
  });

const writable = z
  .looseObject({
    spec: z.looseObject({
      template: z.looseObject({
        spec: z.looseObject({
          containers: z.tuple([
            z.looseObject({
              volumeMounts: z.array(
                z.strictObject({
                  name: z.string(),
                  mountPath: z.string(),
                  readOnly: z.literal(true).optional(),
                }),
              ),
              resources: z.strictObject({ requests: resources, limits: resources }),
            }),
          ]),
          volumes: z.array(
            z.looseObject({ name: z.string(), emptyDir: z.strictObject({ sizeLimit: quantity }).optional() }),
          ),
        }),
      }),
    }),
  })
  .transform(({ spec }) => spec.template.spec);

const mib = (size = ''): number => (/^\d+Mi$/.test(size) ? Number(size.slice(0, -2)) : NaN);

const ingressOf = (base: string) =>
  z.looseObject({
    apiVersion: z.literal('networking.k8s.io/v1'),
    spec: z.strictObject({
      rules: z.tuple([
        z.looseObject({
          http: z.strictObject({
            paths: z.tuple([z.looseObject({ path: z.literal(`${base}/api/intern/handlinger/instanser`) })]),
          }),
        }),
      ]),
    }),
  });

describe('what is deployed', () => {
  it.each([...overlays.keys()])('for %s has the form it must have', (name) => {
    const overlay = overlays.get(name);
    if (overlay === undefined) throw new Error(name);
    const kinds = patched(overlay);
    deploymentOf(baseOf(name), orgOf(name)).parse(kinds.get('Deployment'));
    ingressOf(baseOf(name)).parse(kinds.get('Ingress'));
  });

  it('has room for what it writes, and may write nowhere else', () => {
    const [, dataDir] = /DATA_DIR=(\S+)/.exec(readFileSync(join(TOP, 'deploy/Dockerfile'), 'utf8')) ?? [];
    const { containers, volumes } = writable.parse(readResources().get('deployment.yaml'));
    const [{ volumeMounts, resources: room }] = containers;
    const sizes = new Map(volumes.map(({ name, emptyDir }) => [name, mib(emptyDir?.sizeLimit)]));
    const open = volumeMounts.filter(({ readOnly }) => readOnly !== true);
    expect(open.map(({ mountPath }) => mountPath).sort()).toEqual([dataDir, '/tmp']);
    const total = open.reduce((sum, { name }) => sum + (sizes.get(name) ?? NaN), 0);
    expect(total).toBeLessThan(mib(room.limits['ephemeral-storage']));
    const kept = /^AS_OF_MIB=(\d+)$/m.exec(readBase().configMapGenerator[0]?.literals.join('\n') ?? '')?.[1];
    const data = open.find(({ mountPath }) => mountPath === dataDir)?.name ?? '';
    // Two are made at a time, each at most as large as those that are kept.
    expect(Number(kept) * 3).toBeLessThan(sizes.get(data) ?? 0);
  });

  it('is found by those who look for it, on ports that it has', () => {
    const selector = { 'app.kubernetes.io/name': 'skald' };
    const resource = (file: string): unknown => readResources().get(file)?.['spec'];
    expect(resource('service.yaml')).toMatchObject({
      selector,
      ports: [{ name: 'http', targetPort: 'http', port: 8080 }],
    });
    expect(resource('deployment.yaml')).toMatchObject({
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector },
        spec: { containers: [{ ports: [{ containerPort: 8080 }, { containerPort: 9464 }] }] },
      },
    });
    expect(resource('disruption-budget.yaml')).toMatchObject({ selector: { matchLabels: selector } });
    expect(resource('network-policy.yaml')).toMatchObject({
      podSelector: { matchLabels: selector },
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it('is the version there is, and carries no secret', () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(TOP, 'package.json'), 'utf8')));
    expect(readBase().images).toEqual([{ name: 'skald', newName: 'skald', newTag: version }]);
    for (const overlay of overlays.values())
      expect(Object.keys(settingsOf(overlay)).join()).not.toMatch(
        /PASSWORD|MASTER_KEY(?!_FILE)|WEBHOOK|_URL/,
      );
  });
});

describe('script/render-overlay.sh', () => {
  it('changes nothing where everything is rendered', () => {
    const directory = copied();
    expect(render(directory)).toMatchObject({ status: 0, stdout: '32 overlays, 0 of them changed\n' });
    for (const name of overlays.keys()) expect(overlayIn(directory, name), name).toBe(overlayIn(TOP, name));
  });

  it('mends what was changed by hand, and says so where it only checks', () => {
    const directory = copied(['afk-no/api', 'afk-no/beta']);
    expect(render(directory).status).toBe(0);
    const file = join(directory, 'kustomize/overlays/afk-no/api/kustomization.yaml');
    writeFileSync(file, 'changed\n');
    const checked = render(directory, ['--check']);
    expect([checked.status, checked.stderr]).toEqual([
      1,
      'afk-no/api/kustomization.yaml is not as it would be rendered\n',
    ]);
    expect(readFileSync(file, 'utf8')).toBe('changed\n');
    expect(render(directory)).toMatchObject({ status: 0, stdout: '2 overlays, 1 of them changed\n' });
    expect(overlayIn(directory, 'afk-no/api')).toBe(overlayIn(TOP, 'afk-no/api'));
  });

  it('renders the same without envsubst', () => {
    const directory = copied(['afk-no/api', 'vlfk-no/beta']);
    expect(render(directory, [], withoutEnvsubst())).toMatchObject({ status: 0, stderr: '' });
    for (const name of ['afk-no/api', 'vlfk-no/beta'])
      expect(overlayIn(directory, name), name).toBe(overlayIn(TOP, name));
  });

  it.each([
    ['an organisation that it knows no roles for', 'example-com/api', /no roles are known/],
    ['an environment that it knows no path for', 'afk-no/test', /no path is known/],
    ['a name that is none', 'Afk-no/api', /is no name of an organisation/],
    ['a file that is no overlay', 'afk-no', /is not <org>\/<env>/],
  ])('stops at %s, and writes nothing', (_, name, why) => {
    const directory = copied(['aa-no/api', name]);
    const { status, stderr } = render(directory);
    expect([status, overlayIn(directory, name), overlayIn(directory, 'aa-no/api')]).toEqual([1, '', '']);
    expect(stderr).toMatch(why);
  });

  it('says how it is used', () => {
    expect(render(TOP, ['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^usage: /) as unknown,
    });
    expect(render(TOP, ['--nonsense']).status).toBe(2);
    expect(() => execFileSync('bash', ['-n', join(TOP, 'script/render-overlay.sh')])).not.toThrow();
  });
});
