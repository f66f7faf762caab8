import { relative, sep } from 'node:path';
import { z } from 'zod';
import { listOf } from './config-values.ts';
import type { Environment } from './environment.ts';

const HOST = /^(?:http:\/\/)?(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** Settings of replay sessions. */
export const replaySettings = {
  /** The only directory that sessions write files into. None are written without. */
  REPLAY_DIR: z.string().min(1).optional(),
  /**
   * The only hosts that sessions may call, separated by commas: `host` and `host:port` over https,
   * `http://host:port` in the clear.
   */
  REPLAY_CALLBACK_HOSTS: z
    .string()
    .transform(listOf)
    .refine(
      (hosts) => hosts.every((host) => HOST.test(host) && URL.canParse(asUrl(host))),
      'must be host, host:port or http://host:port, several of them separated by commas',
    )
    .default([]),
} as const;

const asUrl = (host: string): string => (host.startsWith('http://') ? host : `https://${host}`);

/** What is wrong with settings of replay sessions beside others. */
export const replayConflicts = (given: Environment): readonly string[] => {
  const { REPLAY_DIR: directory, DATA_DIR: dataDir = './data' } = given;
  if (directory === undefined) return [];
  const [up = ''] = relative(dataDir, directory).split(sep);
  return up === '..' ? [] : ["REPLAY_DIR must be outside DATA_DIR: what is there is the server's own"];
};
