export type JsonFlaw = {
  readonly code:
    | 'malformed'
    | 'empty'
    | 'byte_order_mark'
    | 'invalid_utf8'
    | 'invalid_text'
    | 'duplicate_key'
    | 'forbidden_key'
    | 'number_out_of_range'
    | 'too_deep'
    | 'too_many_keys'
    | 'too_many_items';
  readonly detail: string;
  /** JSON Pointer of the value the scanner was in. */
  readonly pointer: string;
  /** Characters from the start of the text. */
  readonly offset: number;
};

/** Thrown inside the scan only; `strict-json.ts` turns it into a value. */
export class JsonFlawFound extends Error {
  override readonly name = 'JsonFlawFound';
  readonly flaw: JsonFlaw;
  constructor(flaw: JsonFlaw) {
    super(flaw.detail);
    this.flaw = flaw;
  }
}
