import assert from "node:assert/strict";
import { it } from "node:test";
import { tokens } from "../../src/tokens";

const told = (text: string) => tokens(text).map(({ start, end, kind }) => `${kind}:${text.slice(start, end)}`);

it("words of a module are coloured by what they are", () => {
  assert.deepEqual(told("{ lib, ... }: { nix.cores = lib.mkForce 4; } # end"), [
    "operator::",
    "property:nix",
    "property:cores",
    "function:mkForce",
    "number:4",
    "comment:# end",
  ]);
});

it("strings hold code, which holds strings", () => {
  assert.deepEqual(told('"a ${b "c" + { }.d} \\${e}"'), ['string:"', "string:a ", 'string:"', 'string:c"', "operator:+", 'string: \\${e}"']);
  assert.deepEqual(told("''a ''${x} ${1} '''b''"), ["string:''", "string:a ''${x} ", "number:1", "string: '''b''"]);
});

it("paths are no divisions, and comments may not end", () => {
  assert.deepEqual(told("[ ./a/b.nix <nixpkgs/lib> ]"), ["string:./a/b.nix", "string:<nixpkgs/lib>"]);
  assert.deepEqual(told("with x; /* open"), ["keyword:with", "comment:/* open"]);
});

it("any text has an end", () => {
  for (const text of ["", '"', "''", '"${', "}}}", '"${"${', "${", "\\", "'"]) assert.ok(Array.isArray(tokens(text)));
});
