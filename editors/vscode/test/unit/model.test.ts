import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { place, shown } from "../../src/cascade/model";
import type { Cascade, Definition } from "../../src/lspExtensions";
import { shownMatrix } from "../../src/matrix/model";

const AT = { uri: "file:///w/modules/system/nix.nix", range: { start: { line: 65, character: 6 }, end: { line: 65, character: 27 } } };

function definition(file: string, line: number, priority: number, more: Partial<Definition>): Definition {
  return {
    at: { file, line, column: 7 },
    module: file,
    outcome: "wins",
    priority,
    order: null,
    conditions: [],
    value: { kind: "int", value: priority },
    source: null,
    imports: [],
    via: null,
    declared_default: false,
    certain: true,
    location: null,
    imported_by: [],
    struck: more.outcome === "shadowed" || more.outcome === "dropped",
    why_not: null,
    ...more,
  };
}

function cascade(more: Partial<Cascade> = {}): Cascade {
  return {
    path: "nix.settings.max-jobs",
    target: "nixosConfigurations.kernelcore",
    known: { how: "evaluated" },
    option_type: "signed integer",
    value: { state: "known", value: { kind: "int", value: 6 } },
    before_apply: null,
    contradiction: false,
    declaration: null,
    declared: true,
    definitions: [
      definition("modules/security/nix-daemon.nix", 61, 50, { source: "cfg.maxJobs" }),
      definition("modules/system/nix.nix", 66, 100, { outcome: "shadowed", by: [0], source: "100", why_not: "It is outranked.", location: AT }),
      definition("modules/security/hardening-template.nix", 18, 50, {
        outcome: "inactive",
        condition: 0,
        conditions: [{ text: "cfg.enable", holds: false }],
        value: null,
        source: "2",
        imports: ["modules/security/default.nix"],
      }),
    ],
    notes: [],
    conclusion: ["modules/security/nix-daemon.nix:61:7 decides with mkForce, which outranks plain 100; 1 other loses."],
    declared_at: [],
    ...more,
  };
}

describe("the cascade that is shown", () => {
  const view = shown("/w", cascade());

  it("has the value and the definitions from the winner down", () => {
    assert.equal(view.value, "6");
    assert.equal(view.known, undefined);
    assert.deepEqual(
      view.definitions.map(({ outcome, lost, value, priority, at }) => [outcome, lost, value, priority, at.label]),
      [
        ["wins", false, "50", "mkForce 50", "modules/security/nix-daemon.nix:61"],
        ["shadowed", true, "100", "plain 100", "modules/system/nix.nix:66"],
        ["inactive", false, "2", "mkForce 50", "modules/security/hardening-template.nix:18"],
      ],
    );
    assert.deepEqual(view.definitions[0]?.at.target, { file: "/w/modules/security/nix-daemon.nix", line: 61, column: 7 });
  });

  it("lists the losers by their priority, the default of the option among them", () => {
    const base = cascade();
    const option = definition("<source>/options.nix", 1, 1500, { outcome: "shadowed", by: [0], declared_default: true });
    const { definitions } = shown("/w", cascade({ definitions: [base.definitions[0]!, option, ...base.definitions.slice(1)] }));
    assert.deepEqual(
      definitions.map(({ priority, outcome }) => `${outcome} ${priority}`),
      ["wins mkForce 50", "shadowed plain 100", "shadowed mkOptionDefault 1500", "inactive mkForce 50"],
    );
  });

  it("shows a source text only where it says more than the value", () => {
    assert.deepEqual(view.definitions.map(({ source }) => source), ["cfg.maxJobs", undefined, undefined]);
  });

  it("leads to where the server has found a definition, and else to where Nix says", () => {
    const [, loser] = view.definitions;
    assert.deepEqual(loser?.at, {
      label: "modules/system/nix.nix:66",
      target: { file: "/w/modules/system/nix.nix", line: 66, column: null, character: 6 },
    });
  });

  it("says what the server says: who decides, and why not this one", () => {
    assert.equal(view.conclusion, cascade().conclusion[0]);
    assert.deepEqual(view.definitions.map(({ whyNot }) => whyNot), [undefined, "It is outranked.", undefined]);
  });

  it("has a summary for those who hear it", () => {
    assert.equal(view.summary, `nix.settings.max-jobs: ${cascade().conclusion[0]}`);
    const refused = shown("/w", cascade({ contradiction: true, conclusion: [], value: { state: "failed", message: { text: "no", at: null } } }));
    assert.equal(refused.summary, "nix.settings.max-jobs: Nix refuses it: a contradiction. no");
  });

  it("never shows what is unknown as empty", () => {
    const unknown = shown("/w", cascade({ value: { state: "unknown" }, known: { how: "syntax", because: null } }));
    assert.equal(unknown.valueIsMessage, true);
    assert.match(unknown.value, /not evaluated/);
    assert.equal(unknown.known, "From the text alone.");
    assert.match(shown("/w", cascade({ known: { how: "stale" } })).known ?? "", /Edited since/);
  });
});

it("store paths are shortened", () => {
  const file = "/nix/store/s9c5xjfyfb07d4lkag32jlvpqyk1vb74-source/nixos/modules/services/misc/nix-daemon.nix";
  assert.equal(place({ file, line: 485, column: 1 }), "<source>/nixos/modules/services/misc/nix-daemon.nix:485");
});

it("the table has a cell for every module of a row", () => {
  const matrix = shownMatrix("/w", {
    target: "t",
    known: { how: "evaluated" },
    modules: ["a.nix", "b.nix", "c.nix"],
    rows: [
      {
        path: "nix.settings.cores",
        value: { kind: "int", value: 0 },
        contradiction: false,
        error: null,
        cells: [
          { module: 0, priority: 1000, outcome: "shadowed", by: [1], at: { file: "a.nix", line: 3, column: 1 } },
          { module: 2, priority: 100, outcome: "wins", at: { file: "c.nix", line: 4, column: 1 } },
        ],
      },
    ],
    notes: [],
  });
  assert.deepEqual(matrix.rows[0]?.cells.map((cells) => cells.map(({ outcome, lost }) => [outcome, lost])), [
    [["shadowed", true]],
    [],
    [["wins", false]],
  ]);
});
