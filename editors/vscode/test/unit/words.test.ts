import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Freshness, Status } from "../../src/lspExtensions";
import { describe as status, duration, orderText, priorityText, shortTarget } from "../../src/words";

const at = (state: Freshness, message: string | null = null): Status => ({
  root: "/w",
  target: "nixosConfigurations.laptop",
  state,
  message,
  milliseconds: 850,
});
const last = { at: new Date(2026, 10, 25, 15, 4, 5), milliseconds: 850 };

describe("the status bar", () => {
  it("says the target, its freshness and the time of the last evaluation", () => {
    const said = status({ running: true, trusted: true, status: at("evaluated"), last });
    assert.equal(said.text, "$(check) laptop 850 ms");
    assert.match(said.tooltip, /Nix evaluated what there is[^]*Last evaluated at .*in 850 ms/);
    assert.equal(said.command, "mkwhy.switchTarget");
  });

  it("says that it is evaluating, edited, read as text, or failed, and why", () => {
    const text = (state: Freshness, message: string | null = null) =>
      status({ running: true, trusted: true, status: at(state, message), last: undefined });
    assert.equal(text("evaluating").text, "$(sync~spin) laptop");
    assert.equal(text("stale").text, "$(edit) laptop");
    assert.match(text("stale").spoken, /Edited since the last evaluation/);
    assert.equal(text("syntax", "nothing was evaluated yet").text, "$(file-text) laptop: text only");
    assert.match(text("syntax", "nothing was evaluated yet").tooltip, /nothing was evaluated yet/);
    assert.equal(text("failed", "infinite recursion").colour, "error");
    assert.match(text("failed", "infinite recursion").tooltip, /infinite recursion/);
  });

  it("says that a folder is not trusted, and a click manages trust", () => {
    const said = status({ running: true, trusted: false, status: at("syntax"), last: undefined });
    assert.equal(said.text, "$(shield) laptop: not trusted");
    assert.match(said.tooltip, /nothing is evaluated/);
    assert.equal(said.command, "workbench.trust.manage");
  });

  it("says that there is no server, and a click restarts it", () => {
    const said = status({ running: false, trusted: true, status: undefined, last: undefined });
    assert.match(said.spoken, /not running/);
    assert.equal(said.command, "mkwhy.restartServer");
  });
});

it("priorities have the names of their functions", () => {
  assert.deepEqual([50, 100, 1000, 1500, 70].map(priorityText), [
    "mkForce 50",
    "plain 100",
    "mkDefault 1000",
    "mkOptionDefault 1500",
    "mkOverride 70",
  ]);
  assert.deepEqual([null, 1000, 500, 1500, 700].map(orderText), [undefined, undefined, "mkBefore", "mkAfter", "mkOrder 700"]);
});

it("times are short", () => {
  assert.deepEqual([850, 1234, 125_000].map(duration), ["850 ms", "1.2 s", "2 min 5 s"]);
});

it("targets are named without the set that they are in", () => {
  assert.equal(shortTarget("nixosConfigurations.laptop"), "laptop");
  assert.equal(shortTarget("machines.laptop"), "machines.laptop");
});
