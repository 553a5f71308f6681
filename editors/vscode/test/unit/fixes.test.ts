import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { edited, editsOf, isPlain, touched, tried, unasked, unfinished } from "../../src/fixes/model";
import type { FixAnswer } from "../../src/lspExtensions";

const range = { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } };

function answer(more: Partial<FixAnswer> = {}): FixAnswer {
  return {
    title: "remove this definition (proved: 0 of 3 defined options change on 2 hosts)",
    proved: true,
    verdict: "proved: 0 of 3 defined options change on 2 hosts",
    values: [],
    failures: [],
    remarks: [],
    left: [],
    toAdd: [],
    edit: {
      documentChanges: [
        { textDocument: { uri: "file:///w/modules/a%20b.nix", version: 3 }, edits: [{ range, newText: "", annotationId: "mkwhy" }] },
      ],
      changeAnnotations: { mkwhy: { label: "proved", needsConfirmation: true } },
    },
    ...more,
  };
}

const base = {
  documentChanges: [
    { kind: "create" as const, uri: "file:///w/base.nix" },
    { textDocument: { uri: "file:///w/base.nix", version: null }, edits: [{ range, newText: "{ }\n" }] },
    { textDocument: { uri: "file:///w/a.nix", version: 1 }, edits: [{ range, newText: "" }] },
  ],
};

describe("a fix that was tried", () => {
  it("says what came of it, and names the files that it edits as the configuration does", () => {
    const review = tried("/w", "remove this definition", answer());
    assert.equal(review.title, "Remove this definition");
    assert.equal(review.said, "proved: 0 of 3 defined options change on 2 hosts");
    assert.deepEqual([review.state, review.proved, review.changes, review.notes], ["tried", true, [], []]);
    assert.deepEqual(review.files, [
      { label: "modules/a b.nix", target: { file: "/w/modules/a b.nix", line: null, column: null } },
    ]);
  });

  it("shows a value that changes alike on several targets once, and what nobody meant first", () => {
    const known = (value: number) => ({ state: "known" as const, value: { kind: "int" as const, value } });
    const change = { option: "cores", before: known(2), after: known(4), meant: true };
    const values = [
      { ...change, target: "nixosConfigurations.forge" },
      { ...change, target: "nixosConfigurations.laptop" },
      { ...change, target: "nixosConfigurations.forge", option: "jobs", after: { state: "undefined" as const }, meant: false },
    ];
    assert.deepEqual(tried("/w", "x", answer({ values })).changes, [
      { option: "jobs", targets: ["forge"], before: "2", after: "«nothing»", meant: false },
      { option: "cores", targets: ["forge", "laptop"], before: "2", after: "4", meant: true },
    ]);
  });

  it("leaves nothing out that should be known", () => {
    const notes = { failures: ["forge: it does not evaluate"], left: ["cores at a.nix:3 stays: b"], remarks: ["c"], toAdd: ["base.nix"] };
    assert.deepEqual(tried("/w", "x", answer(notes)).notes, [
      "forge: it does not evaluate",
      "cores at a.nix:3 stays: b",
      "c",
      "Nix sees the new file after: git add base.nix",
    ]);
  });

  it("is applied without being looked at only where there is nothing to look at", () => {
    assert.ok(isPlain("quickfix", answer()));
    assert.ok(!isPlain("refactor.move", answer()));
    assert.ok(!isPlain("quickfix", answer({ proved: false })));
    assert.ok(!isPlain("quickfix", answer({ edit: base })));
    for (const told of ["failures", "left", "toAdd"] as const) assert.ok(!isPlain("quickfix", answer({ [told]: ["x"] })), told);
  });

  it("names each document of its edit once, made ones too", () => {
    assert.deepEqual(touched(base), ["file:///w/base.nix", "file:///w/a.nix"]);
    assert.deepEqual(touched({ changes: { "file:///w/a.nix": [] } }), ["file:///w/a.nix"]);
  });

  it("is not asked about once more by the editor", () => {
    const { edit } = answer();
    assert.equal(unasked(edit).changeAnnotations?.["mkwhy"]?.needsConfirmation, false);
    assert.equal(edit.changeAnnotations?.["mkwhy"]?.needsConfirmation, true, "the answer itself stays");
  });

  it("shows of lists only what is not in both", () => {
    const list = (...items: string[]) => {
      return { state: "known" as const, value: { kind: "list" as const, items: items.map((value) => ({ kind: "string" as const, value })), more: 0 } };
    };
    const values = [{ target: "t", option: "warnings", before: list("a", "b", "c"), after: list("a", "c"), meant: true }];
    const [change] = tried("/w", "x", answer({ values })).changes;
    assert.deepEqual([change?.before, change?.after], ['[ "b" «2 more» ]', "[ «2 more» ]"]);
    const order = [{ target: "t", option: "warnings", before: list("a", "b"), after: list("b", "a"), meant: true }];
    assert.equal(tried("/w", "x", answer({ values: order })).changes[0]?.after, '[ "b" "a" ]');
  });

  it("makes of a text what the editor makes of it", () => {
    const at = (line: number, from: number, to: number) => ({ start: { line, character: from }, end: { line, character: to } });
    const text = "a = 1;\r\nb = 2;\nc = 3;";
    const edits = [
      { range: at(2, 4, 5), newText: "5" },
      { range: { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } }, newText: "" },
      { range: at(1, 0, 0), newText: "# new\n" },
      { range: { start: { line: 9, character: 0 }, end: { line: 9, character: 0 } }, newText: "\n" },
    ];
    assert.equal(edited(text, edits), "# new\nb = 2;\nc = 5;\n");
    assert.equal(edited("", editsOf(base, "file:///w/base.nix")), "{ }\n");
  });
});

it("a fix that failed says why, and offers nothing", () => {
  assert.deepEqual(unfinished("x", "failed", "a.nix was edited"), {
    title: "X",
    state: "failed",
    proved: false,
    said: "a.nix was edited",
    changes: [],
    files: [],
    notes: [],
  });
});
