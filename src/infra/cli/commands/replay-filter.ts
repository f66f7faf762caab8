import { Option } from 'commander';
import type { Call } from '../call.ts';
import { wholeNumber } from '../define.ts';

const more = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** Which events: those that meet every condition given. */
export const filterOptions = (): readonly Option[] => [
  new Option('--from <time>', 'recorded at or after'),
  new Option('--to <time>', 'recorded before'),
  new Option('--type <type>', 'of this type; may be repeated').argParser(more),
  new Option('--exclude-type <type>', 'not of this type; may be repeated').argParser(more),
  new Option('--category <category>', 'of streams of this category; may be repeated').argParser(more),
  new Option('--stream <stream>', 'of one stream'),
  new Option('--correlation-id <id>', 'of one conversation'),
  new Option('--flow-id <uuid>', 'of one run'),
  new Option('--max-events <n>', 'no more than these').argParser(wholeNumber(1, 999_999_999)),
];

/** The part of a request that says which events. */
export const whichOf = (call: Call): object => {
  const names = ['from', 'to', 'stream', 'correlationId', 'flowId'];
  return {
    filter: {
      ...Object.fromEntries(names.map((name) => [name, call.text(name)])),
      ...{ types: call.list('type'), excludeTypes: call.list('excludeType') },
      categories: call.list('category'),
    },
    maxEvents: call.number('maxEvents') ?? null,
  };
};
