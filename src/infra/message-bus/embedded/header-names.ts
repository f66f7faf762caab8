/**
 * Names of headers that have a number in a file of layout 3. None is added: a program that does not know a number takes
 * what follows for the name, and loses its place in the record. Others are written out, which all can read.
 */
const NAMES: readonly string[] = [
  ...['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject', 'ce_time', 'ce_sequence'],
  ...['ce_correlationid', 'ce_causationid', 'ce_partitionkey', 'traceparent', 'content-type'],
  ...['skald-origin', 'flowId', 'orchName', 'stepName', 'action', 'initiator', 'worker', 'timestamp'],
  ...['attempt', 'effectId', 'correlationid'],
];

/** What a name without a number has. */
export const OTHER_NAME = 0;

const numbers = new Map(NAMES.map((name, index) => [name, index + 1]));

export const numberOfName = (name: string): number => numbers.get(name) ?? OTHER_NAME;

export const nameOfNumber = (number: number): string | undefined => NAMES[number - 1];
