// A person's way through the editor, on a copy of fixtures/kernelcore with real Nix.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { kernelcore } from "./fixture";
import { Workbench, finish, until } from "./workbench";

const MODULE = "modules/system/nix.nix";

describe("the journey", () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = kernelcore();
    workbench = await Workbench.open(folder, { file: MODULE });
  });
  after(async () => {
    if (process.env["MKWHY_LOG"] !== undefined) console.log(workbench?.log());
    await workbench?.picture("99-end");
    await workbench?.close();
    await finish();
  });

  it("evaluates the target by itself and says so in the status bar", async () => {
    const text = await until("the evaluated status", async () => {
      const said = await workbench.status.innerText();
      return /kernelcore \d/.test(said) && said;
    });
    assert.match(text, /kernelcore [\d.]+ m?s/);
  });

  it("marks the winner and the losers", async () => {
    await workbench.goToLine(60);
    await until("the hint of max-jobs", async () => (await workbench.line(MODULE, "nix.settings.max-jobs")).includes("lost to security/nix-daemon.nix:61 · mkForce 50"));
    await workbench.picture("01-module");
  });
});
