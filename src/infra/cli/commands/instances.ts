import type { Command } from 'commander';
import type { CliDeps } from '../call.ts';
import { instanceImportCommand } from './instance-import.ts';
import { instanceSteerCommands } from './instance-steer.ts';
import { instanceReadCommands } from './instance.ts';

export const instanceCommands = (parent: Command, deps: CliDeps): void => {
  instanceReadCommands(parent, deps);
  instanceSteerCommands(parent, deps);
  instanceImportCommand(parent, deps);
};
