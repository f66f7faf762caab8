import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import { makeSigningKey } from '../audit/keygen.ts';
import { trustedKeys } from '../audit/trusted-keys.ts';
import { scopeOf } from '../audit/witness.ts';
import { exportBundle } from '../bundle/export-bundle.ts';
import { verifyBundle } from '../bundle/verify-bundle.ts';
import type { Call, CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { CliError, usageError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { isLasting } from '../given-file.ts';
import { cardWithTable } from '../output.ts';
import { count, progressLine } from '../progress.ts';
import { card } from '../table.ts';
import { json } from '../api.ts';
import { publicKeyOption, requireSigned, signatureTexts } from './audit.ts';

export const bundleCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'keygen',
    summary: 'make a pair of keys to sign checkpoints with',
    example: 'audit keygen --out /etc/skald/signing',
    options: [new Option('--out <directory>', 'where to; never inside DATA_DIR').makeOptionMandatory()],
    run: async (call) => {
      const made = makeSigningKey(resolve(call.text('out') ?? '.'));
      const head = { 'PRIVATE KEY': 'privateKey', 'PUBLIC KEY': 'publicKey', FINGERPRINT: 'fingerprint' };
      await call.output.one(made, () => card(head, made));
    },
  });
  define(parent, deps, {
    usage: 'checkpoint',
    summary: 'have the server sign the log as it is now',
    example: 'audit checkpoint',
    run: checkpoint,
  });
  define(parent, deps, {
    usage: 'export',
    summary: 'write events and what proves them into one file',
    example: 'audit export --category saga --from 2026-01-01T00:00:00Z --out january.bundle.gz',
    options: [
      new Option('--stream <name>', 'one stream').conflicts('category'),
      new Option('--category <name>', 'every stream of a category, as saga'),
      new Option('--from <time>', 'recorded then or later').argParser(time),
      new Option('--to <time>', 'recorded then or before').argParser(time),
      new Option('--out <file>', 'a new file, compressed where it ends in .gz').makeOptionMandatory(),
    ],
    run: exportTo,
  });
  define(parent, deps, {
    usage: 'verify-bundle <file>',
    summary: 'check such a file by itself; no server is asked',
    example: 'audit verify-bundle january.bundle.gz --public-key signing-key.pub.pem',
    options: [publicKeyOption()],
    run: verify,
  });
};

/** As events have it: UTC with milliseconds. */
const time = (text: string): string => {
  // By itself `Date` takes 31 February, and makes it a day of March.
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return new Date(text).toISOString();
  throw new InvalidArgumentError('It must be a date and time with its zone, as 2026-01-31T12:00:00Z.');
};

const checkpoint = async (call: Call): Promise<void> => {
  const answer = await call.api.post('/api/v1/audit/checkpoints', {});
  const made = json.parse(answer['checkpoint']);
  const head = {
    ...{ NUMBER: 'number', SIGNED: 'signedAt', EVENTS: 'events', STREAMS: 'streams' },
    ...{ ROOT: 'root', KEY: 'keyFingerprint' },
  };
  await call.output.one(made, () => card(head, made));
};

const exportTo = async (call: Call): Promise<void> => {
  const [path, from, to] = [resolve(call.text('out') ?? ''), call.text('from'), call.text('to')];
  if (from !== undefined && to !== undefined && from > to) throw usageError('--from is after --to');
  const scope = scopeOf(call.text('stream'), call.text('category'));
  const progress = progressLine(call.io, call.clock, 'events');
  const made = await exportBundle(call, { scope, from, to }, { path, progress });
  progress.end();
  const shown = { file: path, ...made };
  const head = { FILE: 'file', EVENTS: 'events', STREAMS: 'streams', PROOFS: 'proofs' };
  await call.output.one(shown, () => card(head, shown));
};

/** A bundle is read twice: what can be read once only would be found damaged. One that is not there is told so later. */
const requireLasting = async (path: string): Promise<void> => {
  if (!(await isLasting(path).catch(() => true)))
    throw usageError(`${path} can be read only once, a bundle has to be a file`);
};

const verify = async (call: Call): Promise<void> => {
  const path = call.args[0] ?? '';
  await requireLasting(path);
  const report = await verifyBundle(path, call.chain, trustedKeys(call.text('publicKey')));
  await call.output.one(report, () =>
    cardWithTable(
      { ...report, ...signatureTexts(report), answer: report.isIntact ? 'intact' : 'DAMAGED' },
      {
        head: {
          ...{ BUNDLE: 'answer', HOLDS: 'what', LOG: 'logId', EVENTS: 'events', STREAMS: 'streams' },
          ...{ DEFINITIONS: 'definitions', PROVEN: 'proven', 'NOT YET COVERED': 'notYetCovered', KEY: 'key' },
        },
        title: 'Findings',
        rows: { WHERE: 'stream', REVISION: 'revision', DETAIL: 'detail' },
        of: report.findings,
      },
    ),
  );
  if (!report.isIntact) throw new CliError(CLI_EXIT.failure, `${count(report.damaged)} findings: see above`);
  if (report.events > 0) requireSigned(call, report);
};
