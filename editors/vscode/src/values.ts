// Nix values as text: Nix's syntax as far as it goes; what has none stands between « and ».
import type { Value } from "./lspExtensions";

/** A list or set that is longer is broken over lines. */
const WIDTH = 60;

export function valueText(value: Value, indent = ""): string {
  switch (value.kind) {
    case "null":
      return "null";
    case "throws":
      return "«throws»";
    case "bool":
    case "int":
      return String(value.value);
    case "float":
      if (value.value === null) return "«beyond all numbers»";
      return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
    case "string":
      return quoted(value.value);
    case "text":
      return `${quoted(value.value)}… «${value.bytes} bytes»`;
    case "path":
      return value.value;
    case "list":
      return enclosed("[", "]", [...value.items.map((item) => within(item, `${indent}  `)), ...rest(value.more)], indent);
    case "attrs": {
      const entries = value.entries.map(({ name, value: inner }) => `${key(name)} = ${valueText(inner, `${indent}  `)};`);
      return enclosed("{", "}", [...entries, ...rest(value.more)], indent);
    }
    case "derivation":
      return `«derivation ${value.name}»`;
    case "function":
      return value.arguments.length === 0 ? "«function»" : `«function { ${value.arguments.join(", ")} }»`;
    case "special":
      return `«${value.what}»`;
    case "elided":
      return `«${value.entries} entries»`;
    case "property":
      return property(value, indent);
  }
}

function within(value: Value, indent: string): string {
  return value.kind === "property" ? `(${valueText(value, indent)})` : valueText(value, indent);
}

function property(value: Extract<Value, { kind: "property" }>, indent: string): string {
  const contents = value.contents.map((inner) => within(inner, indent)).join(" ");
  switch (value.property) {
    case "if":
      if (value.holds === null) return "«mkIf, whose condition throws»";
      return value.holds ? `mkIf true ${contents}` : "«mkIf false …»";
    case "merge":
      return `mkMerge ${valueText({ kind: "list", items: value.contents, more: 0 }, indent)}`;
    case "order":
      return `mkOrder ${value.number ?? 0} ${contents}`;
    default:
      return `mkOverride ${value.number ?? 0} ${contents}`;
  }
}

function rest(more: number): string[] {
  return more > 0 ? [`«${more} more»`] : [];
}

function enclosed(before: string, after: string, parts: string[], indent: string): string {
  if (parts.length === 0) return `${before} ${after}`;
  const line = `${before} ${parts.join(" ")} ${after}`;
  if (line.length <= WIDTH && !line.includes("\n")) return line;
  return `${before}\n${parts.map((part) => `${indent}  ${part}\n`).join("")}${indent}${after}`;
}

function key(name: string): string {
  return /^[A-Za-z_][\w'-]*$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  const escapes: Record<string, string> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return `"${text.replace(/["\\\n\r\t]|\$\{/g, (found) => escapes[found] ?? "\\${")}"`;
}
