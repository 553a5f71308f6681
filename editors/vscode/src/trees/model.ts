// The trees as plain data.
import type { ModuleEntry, OptionEntry } from "../lspExtensions";
import { count } from "../words";

/** A part of a path: an option, a set of options, or both. */
export interface OptionNode {
  /** What is shown: several parts in one where there is nothing beside them. */
  label: string;
  /** The path up to here. */
  path: string;
  option: OptionEntry | undefined;
  children: OptionNode[];
}

/** The options as a tree, by the parts of their paths. */
export function optionTree(options: OptionEntry[]): OptionNode[] {
  const root: OptionNode = { label: "", path: "", option: undefined, children: [] };
  for (const option of options) {
    let at = root;
    for (const [index, label] of option.segments.entries()) {
      let next = at.children.find((child) => child.label === label);
      if (next === undefined) {
        next = { label, path: option.segments.slice(0, index + 1).join("."), option: undefined, children: [] };
        at.children.push(next);
      }
      at = next;
    }
    at.option = option;
  }
  root.children.forEach(shorten);
  return root.children;
}

function shorten(node: OptionNode): void {
  const only = node.children[0];
  if (node.option === undefined && node.children.length === 1 && only !== undefined) {
    node.label = `${node.label}.${only.label}`;
    node.path = only.path;
    node.option = only.option;
    node.children = only.children;
    shorten(node);
  } else {
    node.children.forEach(shorten);
  }
}

/** How many options a node holds, and in how many something lost. */
export function describeNode(node: OptionNode): string {
  if (node.option !== undefined && node.children.length === 0) {
    const { value, lost } = node.option;
    return [...(value === null ? [] : [value]), ...(lost === 0 ? [] : [`${lost} lost`])].join(" · ");
  }
  const [all, contested] = counts(node);
  return contested === 0 ? count(all, "option") : `${count(all, "option")}, ${contested} contested`;
}

function counts(node: OptionNode): [number, number] {
  const own: [number, number] =
    node.option === undefined ? [0, 0] : [1, node.option.lost > 0 || node.option.contradiction ? 1 : 0];
  return node.children.map(counts).reduce(([a, b], [c, d]) => [a + c, b + d], own);
}

/** The numbers of the modules that nothing imports: where a tree begins. */
export function rootModules(modules: ModuleEntry[]): number[] {
  const imported = new Set(modules.flatMap(({ imports }, number) => imports.filter((other) => other !== number)));
  const free = modules.map((_, number) => number).filter((number) => !imported.has(number));
  // Where all import each other in a circle any beginning is right.
  const roots = free.length > 0 ? free : modules.map((_, number) => number);
  // What imports others first: flakes and hosts before what nobody uses.
  const weight = (number: number) => -(modules[number]?.imports.length ?? 0);
  return roots.sort((a, b) => weight(a) - weight(b) || a - b);
}

/** `12 definitions, 2 lost, 1 inactive`. */
export function describeModule({ outcomes }: ModuleEntry): string {
  const all = Object.values(outcomes).reduce((sum, one) => sum + one, 0);
  if (all === 0) return "";
  const lost = (outcomes.shadowed ?? 0) + (outcomes.dropped ?? 0);
  const parts = [count(all, "definition")];
  if (lost > 0) parts.push(`${lost} lost`);
  if ((outcomes.conflicts ?? 0) > 0) parts.push(`${outcomes.conflicts} in conflict`);
  if ((outcomes.inactive ?? 0) > 0) parts.push(`${outcomes.inactive} inactive`);
  return parts.join(", ");
}
