export { client } from './client.ts';
export type { Client, ClientOptions } from './client.ts';
export { each } from './pages.ts';
export { base64Of, bytesOf, valueOf } from './payload.ts';
export { SkaldProblem, SkaldUnreachable } from './http/problem.ts';
export type { InputFlaw } from './http/problem.ts';
export type { CallOptions } from './http/call.ts';
export { FeedEnded } from './feed/follow.ts';
export type { FollowOptions } from './feed/follow.ts';
export type {
  Condition,
  DocumentSelection,
  EventSelection,
  FedDocuments,
  FedEvent,
  FollowEventsOptions,
} from './feed/feeds.ts';
export type {
  AnswerOutcome,
  HeartbeatOutcome,
  Instance,
  InstanceEvent,
  InstanceStatus,
  InstanceSummary,
  Json,
  Letter,
  Orchestration,
  Run,
  RunStatus,
  RunSummary,
  StepStatus,
  StoredEvent,
  WaitingReason,
  WorkerTask,
} from './generated/shapes.ts';
export { worker } from './worker/worker.ts';
export type { Worker } from './worker/worker.ts';
export type { WorkerOptions } from './worker/options.ts';
export type { Orchestrations } from './worker/registration.ts';
export { StepRefused } from './worker/registration.ts';
export { step } from './worker/step.ts';
export type { Step, StepContext, Steps } from './worker/step.ts';
export type { StandardSchema } from './worker/standard-schema.ts';
export { LeaseLost, NonRetryable, WorkerStopped } from './worker/failure.ts';
export { AnswerUnused } from './worker/outbox.ts';
