import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const directory = join(import.meta.dirname, '../../../bench');
const asks = (name: string): boolean => readFileSync(join(directory, name), 'utf8').includes('--help');
const measurements = readdirSync(directory).filter((name) => name.endsWith('.ts') && asks(name));

describe('a measurement', () => {
  it.for(measurements)('%s says how it is called, and measures nothing', async (name) => {
    const run = promisify(execFile)(process.execPath, [join(directory, name), '--help']);
    expect((await run).stdout).toMatch(new RegExp(`^node bench/${name.replace('.', '\\.')}`));
  });

  it('has an npm script that starts it', () => {
    const scripts = readFileSync(join(directory, '../package.json'), 'utf8');
    expect(measurements.filter((name) => !scripts.includes(`node bench/${name}"`))).toEqual([]);
  });
});
