import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Linux's unit of processor time in /proc. */
const TICKS_PER_SECOND = 100;

/** Processor seconds of each thread of a process by name and number; empty where there is no /proc. */
export const threadSeconds = (pid: number): ReadonlyMap<string, number> => {
  const path = `/proc/${pid}/task`;
  if (!existsSync(path)) return new Map();
  return new Map(readdirSync(path).map((id) => secondsOf(id, readFileSync(`${path}/${id}/stat`, 'utf8'))));
};

const secondsOf = (id: string, stat: string): readonly [name: string, seconds: number] => {
  const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
  const fields = rest.split(' ');
  return [`${name} ${id}`, (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND];
};

/** Memory of a process that is in RAM; undefined where there is no /proc. */
export const residentMib = (pid: number): number | undefined => {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return undefined;
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(path, 'utf8'))?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
};
