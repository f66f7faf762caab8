import type { AuditedEvent } from './heads.ts';

/** Events as an auditor reads them, wherever they come from. */
export type AuditSource = {
  /** Of the log itself, where that is told. */
  readonly logId?: string;
  /** One stream from its start, nothing for an unknown one. */
  readonly stream: (name: string) => AsyncIterable<readonly AuditedEvent[]>;
};

/** What is stored there cannot be read: whoever has it says so, and where. */
export class SourceDamaged extends Error {
  override readonly name = 'SourceDamaged';
  readonly stream: string;
  readonly revision: number;
  constructor(stream: string, revision: number, detail: string) {
    super(detail);
    this.stream = stream;
    this.revision = revision;
  }
}
