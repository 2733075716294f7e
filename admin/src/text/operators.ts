/** What an operator's values are, and how a condition with it reads. */
export type Operand = "scalar" | "text" | "number" | "instant" | "version" | "network" | "pattern" | "none";

export interface Operator {
  readonly name: string;
  readonly words: string;
  readonly negated: string;
  readonly operand: Operand;
  readonly foldsCase: boolean;
}

const row = (
  name: string,
  words: string,
  negated: string,
  operand: Operand,
  foldsCase = false,
): Operator => ({
  name,
  words,
  negated,
  operand,
  foldsCase,
});

/** In the order in which a person looks for them. */
export const OPERATORS: readonly Operator[] = [
  row("in", "is one of", "is none of", "scalar", true),
  row("equals", "is", "is not", "scalar", true),
  row("contains", "contains", "does not contain", "text", true),
  row("startsWith", "begins with", "does not begin with", "text", true),
  row("endsWith", "ends with", "does not end with", "text", true),
  row("matches", "matches", "does not match", "pattern", true),
  row("lessThan", "is less than", "is not less than", "number"),
  row("lessThanOrEqual", "is at most", "is not at most", "number"),
  row("greaterThan", "is greater than", "is not greater than", "number"),
  row("greaterThanOrEqual", "is at least", "is not at least", "number"),
  row("before", "is before", "is not before", "instant"),
  row("after", "is after", "is not after", "instant"),
  row("semverEquals", "is version", "is not version", "version"),
  row("semverLessThan", "is a version below", "is not a version below", "version"),
  row("semverLessThanOrEqual", "is a version up to", "is not a version up to", "version"),
  row("semverGreaterThan", "is a version above", "is not a version above", "version"),
  row("semverGreaterThanOrEqual", "is a version from", "is not a version from", "version"),
  row("inCidr", "lies in the network", "lies outside the network", "network"),
  row("exists", "is present", "is missing", "none"),
];

const BY_NAME = new Map(OPERATORS.map((operator) => [operator.name, operator]));

/** The operator, or one that says its own name when this console does not know it. */
export function operatorOf(name: string): Operator {
  return BY_NAME.get(name) ?? row(name, name, `not ${name}`, "scalar");
}
