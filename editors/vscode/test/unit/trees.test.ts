import assert from "node:assert/strict";
import { it } from "node:test";
import type { ModuleEntry, OptionEntry } from "../../src/lspExtensions";
import { type OptionNode, describeModule, describeNode, optionTree, rootModules } from "../../src/trees/model";

const option = (path: string, lost = 0): OptionEntry => ({
  path,
  segments: path.split("."),
  value: "1",
  contradiction: false,
  lost,
});
const module = (file: string, imports: number[]): ModuleEntry => ({ uri: `file:///w/${file}`, file, imports, outcomes: {} });

it("options are a tree by the parts of their paths, single ones in one line", () => {
  const tree = optionTree(["nix.settings.cores", "nix.settings.max-jobs", "services.sshd.enable"].map((path) => option(path, 1)));
  const draw = (node: OptionNode, depth = 0): string[] => [
    `${"  ".repeat(depth)}${node.label} [${describeNode(node)}]`,
    ...node.children.flatMap((child) => draw(child, depth + 1)),
  ];
  assert.deepEqual(tree.flatMap((node) => draw(node)), [
    "nix.settings [2 options, 2 contested]",
    "  cores [1 · 1 lost]",
    "  max-jobs [1 · 1 lost]",
    "services.sshd.enable [1 · 1 lost]",
  ]);
});

it("an option that holds others is both", () => {
  const [users] = optionTree([option("users"), option("users.alice")]);
  assert.equal(users?.option?.path, "users");
  assert.equal(describeNode(users!), "2 options");
});

it("modules begin with what nothing imports, the largest first, also in a circle", () => {
  assert.deepEqual(rootModules([module("a", []), module("b", [2]), module("c", []), module("d", [2, 0])]), [3, 1]);
  assert.deepEqual(rootModules([module("a", [1]), module("b", [0])]).sort(), [0, 1]);
  assert.deepEqual(rootModules([module("a", [0])]), [0]);
});

it("a module says how many of its definitions lost", () => {
  assert.equal(describeModule({ ...module("a", []), outcomes: { wins: 3, shadowed: 1, dropped: 1, inactive: 2 } }), "7 definitions, 2 lost, 2 inactive");
  assert.equal(describeModule(module("a", [])), "");
});
