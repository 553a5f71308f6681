// Writes the meta model of the Language Server Protocol as JSON, from the declarations that its authors publish.
//
// The package `vscode-languageserver-protocol` carries the form of the meta model (metaModel.schema.json) and the
// TypeScript declarations that the meta model is made of, not the meta model itself. Here it is made of them again.
import { createRequire } from "node:module";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

const require = createRequire(import.meta.url);
const version = require("vscode-languageserver-protocol/package.json").version;
const protocol = require("vscode-languageserver-protocol/node");
const root = dirname(require.resolve("vscode-languageserver-protocol/package.json"));
const common = join(root, "lib/common");
const files = [
  join(root, "../vscode-languageserver-types/lib/umd/main.d.ts"),
  ...readdirSync(common).filter((name) => /^protocol(\..*)?\.d\.ts$/.test(name)).map((name) => join(common, name)),
];
const trees = files.map((file) => ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true));

const BASES = ["URI", "DocumentUri", "integer", "uinteger", "decimal", "RegExp", "string", "boolean", "null"];
const base = (name) => ({ kind: "base", name });
const reference = (name) => ({ kind: "reference", name });
const ANY = reference("LSPAny");

/** Constants of namespaces by their full names, for `typeof A.B`. */
const constants = new Map();
const structures = new Map();
const aliases = new Map();
const requests = [];
const notifications = [];

function literal(node) {
  if (ts.isStringLiteralLike(node)) return { kind: "stringLiteral", value: node.text };
  if (ts.isNumericLiteral(node)) return { kind: "integerLiteral", value: Number(node.text) };
  if (node.kind === ts.SyntaxKind.NullKeyword) return base("null");
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { kind: "booleanLiteral", value: true };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { kind: "booleanLiteral", value: false };
  if (ts.isPrefixUnaryExpression(node)) return { kind: "integerLiteral", value: -Number(node.operand.text) };
  throw new Error(`a literal that is not known: ${node.getText()}`);
}

/** The type of a node. `open` are the names of type parameters: they can be anything. */
function type(node, open) {
  const Kind = ts.SyntaxKind;
  switch (node.kind) {
    case Kind.StringKeyword: return base("string");
    case Kind.NumberKeyword: return base("decimal");
    case Kind.BooleanKeyword: return base("boolean");
    case Kind.VoidKeyword: return base("null");
    case Kind.AnyKeyword: return ANY;
    case Kind.ObjectKeyword: return reference("LSPObject");
  }
  if (ts.isLiteralTypeNode(node)) return literal(node.literal);
  if (ts.isParenthesizedTypeNode(node)) return type(node.type, open);
  if (ts.isArrayTypeNode(node)) return { kind: "array", element: type(node.elementType, open) };
  if (ts.isTupleTypeNode(node)) return { kind: "tuple", items: node.elements.map((item) => type(item, open)) };
  if (ts.isIntersectionTypeNode(node)) return { kind: "and", items: node.types.map((item) => type(item, open)) };
  if (ts.isUnionTypeNode(node)) {
    const items = node.types.filter((item) => item.kind !== Kind.UndefinedKeyword).map((item) => type(item, open));
    return items.length === 1 ? items[0] : { kind: "or", items };
  }
  if (ts.isTypeLiteralNode(node)) {
    const index = node.members.find(ts.isIndexSignatureDeclaration);
    if (index) return { kind: "map", key: type(index.parameters[0].type, open), value: type(index.type, open) };
    return { kind: "literal", value: { properties: properties(node.members, open) } };
  }
  if (ts.isTypeQueryNode(node)) return constants.get(node.exprName.getText());
  if (ts.isTypeReferenceNode(node)) {
    const name = node.typeName.getText();
    if (open.has(name)) return ANY;
    if (name === "Array") return { kind: "array", element: type(node.typeArguments[0], open) };
    return BASES.includes(name) ? base(name) : reference(name);
  }
  throw new Error(`a type that is not known: ${node.getText()}`);
}

function properties(members, open) {
  return members.filter(ts.isPropertySignature).map((member) => ({
    name: ts.isStringLiteral(member.name) ? member.name.text : member.name.getText(),
    type: type(member.type, open),
    ...(member.questionToken ? { optional: true } : {}),
  }));
}

const parameters = (node) => new Set((node.typeParameters ?? []).map((parameter) => parameter.name.text));

function declaration(node) {
  const name = node.name.text;
  const open = parameters(node);
  if (ts.isInterfaceDeclaration(node)) {
    // What is called with parentheses is no data.
    if (node.members.some(ts.isCallSignatureDeclaration)) return;
    const parents = (node.heritageClauses ?? []).flatMap((clause) => clause.types);
    structures.set(name, {
      name,
      properties: properties(node.members, open),
      ...(parents.length ? { extends: parents.map((parent) => reference(parent.expression.getText())) } : {}),
    });
  } else if (!BASES.includes(name) && !["LSPAny", "LSPObject", "LSPArray"].includes(name)) {
    aliases.set(name, { name, type: type(node.type, open) });
  }
}

/** A request or notification is a namespace with a `type`. */
function message(node) {
  const variables = node.body.statements
    .filter(ts.isVariableStatement)
    .flatMap((statement) => statement.declarationList.declarations);
  const found = variables.find((variable) => variable.name.text === "type")?.type;
  if (!found || !ts.isTypeReferenceNode(found)) return;
  const kind = found.typeName.getText();
  const [first, ...rest] = found.typeArguments ?? [];
  const value = protocol[node.name.text];
  if (!/^Protocol(Request|Notification)Type0?$/.test(kind) || !value?.method) return;
  const said = { method: value.method, messageDirection: value.messageDirection };
  if (!said.messageDirection) throw new Error(`${node.name.text} says no direction`);
  const optional = (key, part) =>
    part && ![ts.SyntaxKind.VoidKeyword, ts.SyntaxKind.NeverKeyword].includes(part.kind)
      ? { [key]: type(part, new Set()) }
      : {};
  if (kind === "ProtocolRequestType") {
    requests.push({ ...said, ...optional("params", first), result: type(rest[0], new Set()), ...optional("registrationOptions", rest[3]) });
  } else if (kind === "ProtocolRequestType0") {
    requests.push({ ...said, result: type(first, new Set()), ...optional("registrationOptions", rest[2]) });
  } else if (kind === "ProtocolNotificationType") {
    notifications.push({ ...said, ...optional("params", first), ...optional("registrationOptions", rest[0]) });
  } else {
    notifications.push(said);
  }
}

const namespaces = trees.flatMap((tree) => tree.statements.filter(ts.isModuleDeclaration));
for (const namespace of namespaces) {
  for (const statement of namespace.body.statements.filter(ts.isVariableStatement)) {
    for (const variable of statement.declarationList.declarations) {
      const written = variable.initializer ?? (variable.type && ts.isLiteralTypeNode(variable.type) && variable.type.literal);
      if (written) constants.set(`${namespace.name.text}.${variable.name.text}`, literal(written));
    }
  }
}
for (const tree of trees) {
  tree.statements.filter((node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)).forEach(declaration);
}
namespaces.forEach(message);

// These three say what JSON is; TypeScript has no words for it.
const items = ["LSPObject", "LSPArray"].map(reference).concat(["string", "integer", "decimal", "boolean", "null"].map(base));
aliases.set("LSPAny", { name: "LSPAny", type: { kind: "or", items } });
aliases.set("LSPObject", { name: "LSPObject", type: { kind: "map", key: base("string"), value: ANY } });
aliases.set("LSPArray", { name: "LSPArray", type: { kind: "array", element: ANY } });
// These are of the layer below.
aliases.set("ProgressToken", { name: "ProgressToken", type: { kind: "or", items: [base("integer"), base("string")] } });
aliases.set("TraceValues", { name: "TraceValues", type: base("string") });
structures.set("ProgressParams", {
  name: "ProgressParams",
  properties: [
    { name: "token", type: reference("ProgressToken") },
    { name: "value", type: ANY },
  ],
});
notifications.push({ method: "$/progress", messageDirection: "both", params: reference("ProgressParams") });

const model = {
  metaData: { version: version.split(".").slice(0, 2).join(".") + ".0" },
  requests,
  notifications,
  structures: [...structures.values()],
  enumerations: [],
  typeAliases: [...aliases.values()],
};
writeFileSync(process.argv[2], JSON.stringify(model));
