import assert from "node:assert/strict";
import { it } from "node:test";
import type { Value } from "../../src/lspExtensions";
import { valueText } from "../../src/values";

const string = (value: string): Value => ({ kind: "string", value });

it("values are written in Nix's syntax", () => {
  assert.equal(valueText({ kind: "null" }), "null");
  assert.equal(valueText({ kind: "int", value: 6 }), "6");
  assert.equal(valueText({ kind: "int", value: "9007199254740993" }), "9007199254740993");
  assert.equal(valueText({ kind: "float", value: 1 }), "1.0");
  assert.equal(valueText({ kind: "float", value: null }), "«beyond all numbers»");
  assert.equal(valueText(string('a "b" ${c}\n')), '"a \\"b\\" \\${c}\\n"');
  assert.equal(valueText({ kind: "list", items: [string("root"), string("@wheel")], more: 0 }), '[ "root" "@wheel" ]');
  assert.equal(valueText({ kind: "list", items: [], more: 0 }), "[ ]");
  const set: Value = { kind: "attrs", entries: [{ name: "a b", value: { kind: "bool", value: true } }], more: 2 };
  assert.equal(valueText(set), '{ "a b" = true; «2 more» }');
});

it("long ones are broken over lines", () => {
  const items = ["https://cache.example.org", "https://other.example.org", "https://third.example.org"].map(string);
  const set: Value = { kind: "attrs", entries: [{ name: "urls", value: { kind: "list", items, more: 1 } }], more: 0 };
  assert.equal(
    valueText(set),
    '{\n  urls = [\n    "https://cache.example.org"\n    "https://other.example.org"\n    "https://third.example.org"\n    «1 more»\n  ];\n}',
  );
});

it("what has no syntax stands between « and »", () => {
  assert.equal(valueText({ kind: "derivation", name: "hello-2.12" }), "«derivation hello-2.12»");
  assert.equal(valueText({ kind: "function", arguments: ["pkgs", "lib"] }), "«function { pkgs, lib }»");
  const property: Value = { kind: "property", property: "if", number: null, holds: false, contents: [] };
  assert.equal(valueText(property), "«mkIf false …»");
  const force: Value = { kind: "property", property: "override", number: 50, holds: null, contents: [string("x")] };
  assert.equal(valueText({ kind: "list", items: [force], more: 0 }), '[ (mkOverride 50 "x") ]');
});
