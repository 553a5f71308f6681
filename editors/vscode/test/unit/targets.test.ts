import assert from "node:assert/strict";
import { it } from "node:test";
import { charactersOf, isTarget, targetOf } from "../../src/targets";

it("columns of bytes become columns of characters", () => {
  assert.equal(charactersOf("nix.cores", 4), 4);
  assert.equal(charactersOf('"é" = 1', 4), 3);
  assert.equal(charactersOf("𝒳 = 1", 4), 2);
  assert.equal(charactersOf("ab", 9), 2);
});

it("files are found in the folder or where they say", () => {
  assert.equal(targetOf("/w", { file: "modules/a.nix", line: 1, column: 2 }).file, "/w/modules/a.nix");
  assert.equal(targetOf("/w", { file: "/nix/store/x/a.nix", line: null, column: null }).file, "/nix/store/x/a.nix");
});

it("what a page sends is a place or is not followed", () => {
  assert.ok(isTarget({ file: "/w/a.nix", line: 1, column: null }));
  for (const wrong of [undefined, null, "x", { file: "a.nix", line: 1, column: 1 }, { file: "/a", line: "1", column: 1 }]) {
    assert.ok(!isTarget(wrong));
  }
});
