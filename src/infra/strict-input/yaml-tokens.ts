import { CST, Lexer } from 'yaml';
import type { JsonFlaw } from './json-flaw.ts';

export type YamlFlaw = {
  readonly code: JsonFlaw['code'] | 'too_large' | 'too_complex' | 'forbidden_syntax';
  readonly detail: string;
};

const MAX_DEPTH = 32;
// Composing costs a few microseconds a token: this keeps the worst document within 50 ms.
const MAX_TOKENS = 6000;
const FORBIDDEN = new Set([
  'tag',
  'anchor',
  'alias',
  'directive',
  'directive-line',
  'doc-end',
  'byte-order-mark',
]);
const OPENING = new Set(['flow-map-start', 'flow-seq-start']);
const CLOSING = new Set(['flow-map-end', 'flow-seq-end']);
const BLOCK_INDICATORS = new Set(['seq-item-ind', 'explicit-key-ind', 'map-value-ind']);
const NO_CONTENT = new Set(['doc-mode', 'doc-start', 'space', 'newline', 'comment']);

/**
 * Judges nesting, size and syntax on tokens, before anything recursive runs: the composer recurses per
 * level, and a regular expression compiled near the end of the stack ends the process, beyond any `catch`.
 */
export const flawInTokens = (text: string): YamlFlaw | undefined => {
  const seen = nothingSeen();
  for (const source of new Lexer().lex(text)) {
    const type = CST.tokenType(source) ?? 'error';
    count(seen, type);
    countIndent(seen, type, source);
    const flaw = flawOf(seen, type);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
};

type Seen = ReturnType<typeof nothingSeen>;
const nothingSeen = () => ({
  tokens: 0,
  documents: 0,
  openFlows: 0,
  /** Columns where the open block collections start, outermost first. */
  columns: [] as number[],
  column: 0,
  isLineStart: true,
  /** Collections this line may open by `- - ? :`. */
  opensInLine: 0,
});

const count = (seen: Seen, type: string): void => {
  seen.tokens += 1;
  if (type === 'doc-start') seen.documents += 1;
  else if (!NO_CONTENT.has(type)) seen.documents = Math.max(seen.documents, 1);
  if (OPENING.has(type)) seen.openFlows += 1;
  if (CLOSING.has(type)) seen.openFlows -= 1;
  if (BLOCK_INDICATORS.has(type) && seen.openFlows <= 0) seen.opensInLine += 1;
};

const countIndent = (seen: Seen, type: string, source: string): void => {
  if (type === 'newline') {
    seen.isLineStart = true;
    seen.column = 0;
    seen.opensInLine = 0;
  } else if (seen.isLineStart && type === 'space') {
    seen.column = source.length;
  } else if (seen.isLineStart) {
    seen.isLineStart = false;
    while ((seen.columns.at(-1) ?? -1) >= seen.column) seen.columns.pop();
    seen.columns.push(seen.column);
  }
};

const flawOf = (seen: Seen, type: string): YamlFlaw | undefined => {
  if (seen.tokens > MAX_TOKENS) return { code: 'too_complex', detail: `more than ${MAX_TOKENS} tokens` };
  if (seen.columns.length + seen.opensInLine + Math.abs(seen.openFlows) > MAX_DEPTH)
    return { code: 'too_deep', detail: `nested deeper than ${MAX_DEPTH}` };
  if (FORBIDDEN.has(type)) return { code: 'forbidden_syntax', detail: `YAML syntax not accepted: ${type}` };
  if (seen.documents > 1) return { code: 'forbidden_syntax', detail: 'more than one document' };
  return undefined;
};
