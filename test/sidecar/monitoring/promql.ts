/** What a PromQL expression names, by Prometheus' own grammar. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  /** As it stands there, without its range. */
  readonly text: string;
  readonly metric: string;
  /** Labels that it is matched by. */
  readonly labels: readonly string[];
}

/** `sum by (labels) (... selectors ...)`. */
export interface Grouping {
  readonly labels: readonly string[];
  readonly selectors: readonly Selector[];
}

export interface ReadExpression {
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
}

/** @throws Error for what is not PromQL, and for a selector that does not name its metric. */
export function readExpression(expr: string): ReadExpression {
  const { topNode } = parser.parse(expr);
  const textOf = ({ from, to }: SyntaxNode): string => expr.slice(from, to);
  for (const node of nodesIn(topNode))
    if (node.type.isError) throw new Error(`not PromQL, from "${expr.slice(node.from)}": ${expr}`);
  const selectorsIn = (node: SyntaxNode): Selector[] =>
    nodesOf(node, 'VectorSelector').map((selector) => {
      const name = selector.getChild('Identifier');
      if (name === null) throw new Error(`a selector without a metric: ${textOf(selector)}`);
      return {
        text: textOf(selector),
        metric: textOf(name),
        labels: nodesOf(selector, 'LabelName').map(textOf),
      };
    });
  const groupings = nodesOf(topNode, 'AggregateExpr').flatMap((aggregate) => {
    const modifier = aggregate.getChild('AggregateModifier');
    if (modifier === null || modifier.getChild('By') === null) return [];
    return { labels: nodesOf(modifier, 'LabelName').map(textOf), selectors: selectorsIn(aggregate) };
  });
  return { selectors: selectorsIn(topNode), groupings };
}

function nodesOf(root: SyntaxNode, name: string): SyntaxNode[] {
  return [...nodesIn(root)].filter((node) => node.name === name);
}

function* nodesIn(root: SyntaxNode): Generator<SyntaxNode> {
  yield root;
  for (let child = root.firstChild; child !== null; child = child.nextSibling) yield* nodesIn(child);
}
