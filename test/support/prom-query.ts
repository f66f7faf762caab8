import { parser } from '@prometheus-io/lezer-promql';

/** What a query takes: a metric, narrowed by labels. */
export type Selected = { readonly metric: string; readonly matchers: readonly Matcher[] };
export type Matcher = { readonly label: string; readonly operator: string; readonly value: string };
export type PromQuery = {
  readonly selected: readonly Selected[];
  /** Labels that it groups, joins or keeps by. */
  readonly grouping: readonly string[];
};

type Node = ReturnType<typeof parser.parse>['topNode'];

/** A query as Prometheus' own grammar reads it. @throws where that does not take all of it. */
export const readQuery = (query: string): PromQuery => {
  const selected: Selected[] = [];
  const grouping: string[] = [];
  const { topNode } = parser.parse(query);
  const textOf = ({ from, to }: Pick<Node, 'from' | 'to'>): string => query.slice(from, to);
  for (const node of below(topNode)) {
    if (node.type.isError) throw new Error(`not PromQL at ${String(node.from)}: ${query}`);
    if (node.name === 'VectorSelector') selected.push(selectedBy(node, textOf));
    if (node.name === 'GroupingLabels') grouping.push(...node.getChildren('LabelName').map(textOf));
  }
  if (selected.length === 0) throw new Error(`takes no metric: ${query}`);
  return { selected, grouping };
};

const below = (node: Node): readonly Node[] => {
  const found = [node];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(...below(child));
  return found;
};

type TextOf = (node: Pick<Node, 'from' | 'to'>) => string;

const selectedBy = (node: Node, textOf: TextOf): Selected => {
  const metric = node.getChild('Identifier');
  if (metric === null) throw new Error(`${textOf(node)} names no metric`);
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return { metric: textOf(metric), matchers: matchers.map((matcher) => matcherOf(matcher, textOf)) };
};

const matcherOf = (node: Node, textOf: TextOf): Matcher => {
  const part = (name: string): string => {
    const found = node.getChild(name);
    if (found === null) throw new Error(`${textOf(node)} has no ${name}`);
    return textOf(found);
  };
  return {
    label: part('LabelName'),
    operator: part('MatchOp'),
    value: part('StringLiteral').slice(1, -1),
  };
};
