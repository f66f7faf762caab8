import { accept } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { IntakeEvent } from './events.ts';

type Refusal = Extract<IntakeEvent, { type: 'IntakeRefused' }>['data'];

export type IntakeCommand =
  | { readonly type: 'AllocateId'; readonly instanceId: string }
  | { readonly type: 'RefuseIntake'; readonly refusal: Refusal };

/** What was refused once may still get its id: its record may be taken again, and be understood by then. */
export type IntakeState = { readonly instanceId: string | null; readonly refusal: Refusal | null };

export const initialIntake: IntakeState = { instanceId: null, refusal: null };

/** One id, and one refusal to tell of, for each delivery. */
export const decide = (command: IntakeCommand, state: IntakeState): Decision<IntakeEvent, never> => {
  switch (command.type) {
    case 'AllocateId': {
      const { instanceId } = command;
      return state.instanceId === null
        ? accept({ type: 'InstanceIdAllocated', data: { instanceId } })
        : accept();
    }
    case 'RefuseIntake':
      return state.refusal === null ? accept({ type: 'IntakeRefused', data: command.refusal }) : accept();
  }
};

export const evolve = (state: IntakeState, { type, data }: IntakeEvent): IntakeState => {
  switch (type) {
    case 'InstanceIdAllocated':
      return { ...state, instanceId: data.instanceId };
    case 'IntakeRefused':
      return { ...state, refusal: data };
  }
};
