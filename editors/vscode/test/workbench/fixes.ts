// Fixes: chosen in the text or in the view, looked at with their proof, applied, undone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { kernelcore, read } from "./fixture";
import { Workbench, until } from "./workbench";

const MODULE = "modules/system/nix.nix";
const BASE = "modules/core/nix-base.nix";
const MOVE = `move nix.settings.connect-timeout into ${BASE}`;

/** The files that are not what they were. */
function changed(folder: string): string[] {
  return execFileSync("git", ["diff", "--name-only"], { cwd: folder, encoding: "utf8" }).trim().split("\n").filter(Boolean);
}

describe("a fix", () => {
  let folder: string;
  let workbench: Workbench;
  const original = new Map<string, string>();
  const evaluated = () => until("the evaluated status", async () => /kernelcore \d/.test(await workbench.status.innerText()));

  /** Chooses in the menu of the lightbulb, which is opened anew until Nix has evaluated what there is. */
  async function choose(title: string): Promise<void> {
    const rows = workbench.page.locator(".action-widget .monaco-list-row:not(.option-disabled)");
    const action = rows.filter({ hasText: title }).first();
    await until(`${title} in the menu`, async () => {
      await workbench.page.keyboard.press("Control+.");
      const there = await action.waitFor({ timeout: 3000 }).then(() => true, () => false);
      if (!there) await workbench.page.keyboard.press("Escape");
      return there;
    });
    await workbench.picture(`lightbulb-${title.split(" ")[0]}`);
    await action.click();
  }

  before(async () => {
    folder = kernelcore();
    for (const file of [MODULE, BASE]) original.set(file, read(folder, file));
    workbench = await Workbench.open(folder, { file: MODULE });
    await evaluated();
  });
  after(async () => {
    await workbench?.finish("fixes");
  });

  it("that moves a setting is chosen from the lightbulb, and its proof is read before anything is edited", async () => {
    await workbench.goToLine(49, 13);
    await choose(MOVE);
    const view = await workbench.webview("#review.tried.proved");
    assert.equal(await view.locator("#review h1").innerText(), MOVE.replace("move", "Move"));
    assert.match(await view.locator("#review .verdict").innerText(), /proved: 0 of \d+ defined options change on 3 hosts/);
    assert.match(await view.locator("#announcement").innerText(), /proved: 0 of/);
    const files = await view.locator("#review .files .place").allInnerTexts();
    assert.ok(files.length > 2 && files.includes(MODULE) && files.includes(BASE), files.join());
    assert.deepEqual(changed(folder), []);
    assert.ok((await workbench.line(MODULE, "connect-timeout")).includes("connect-timeout = 30;"));
    await workbench.picture("proof");
  });

  it("is shown as a difference by the editor", async () => {
    const view = await workbench.webview("#review.tried");
    await view.getByRole("button", { name: "Show the difference" }).click();
    const difference = workbench.page.locator(".multiDiffEntry", { hasText: "nix-base.nix" }).first();
    await difference.locator(".line-insert").first().waitFor();
    assert.match((await difference.innerText()).replace(/\u00a0/g, " "), /lib\.mkMerge \[/);
    await workbench.picture("difference");
    assert.deepEqual(changed(folder), []);
  });

  it("is applied to all of its files, and Nix says that nothing changed", async () => {
    const view = await workbench.webview("#review.tried");
    await view.getByRole("button", { name: "Apply" }).click();
    await workbench.webview("#review.applied");
    // What is edited in several files is saved, as the editor does with refactorings.
    await until("the files", async () => changed(folder).includes(BASE) && changed(folder).includes(MODULE));
    assert.match(read(folder, BASE), /connect-timeout = lib\.mkMerge \[/);
    assert.doesNotMatch(read(folder, MODULE), /connect-timeout/);
    await workbench.picture("applied");
    await workbench.openFile(BASE, 44);
    await until("what Nix says", async () => (await workbench.line(BASE, "connect-timeout")).includes("wins"));
  });

  it("is undone by one undo, in all of its files", async () => {
    await workbench.openFile(MODULE);
    await workbench.page.keyboard.press("Control+Z");
    await until("the text", async () => (await workbench.lines(MODULE)).some((line) => line.includes("connect-timeout = 30;")));
    // The editor undoes one file after the other, and opens those that it has to.
    await until("all of them", async () => (await workbench.page.locator(".tabs-container .tab.dirty").count()) === 5);
    await workbench.picture("undone");
    await workbench.run("File: Save All Files");
    await until("the files as they were", async () => changed(folder).length === 0);
    assert.deepEqual(read(folder, BASE), original.get(BASE));
    await evaluated();
  });

  it("that is plain is applied at once, says what was proved, and is undone by a button", async () => {
    await workbench.goToLine(40, 13);
    assert.match(await workbench.line(MODULE, "cores"), /cores = 0;/);
    await choose("remove this definition");
    const message = workbench.page.locator(".notification-toast", { hasText: /Remove this definition: proved: 0 of \d+/ });
    await message.waitFor();
    assert.ok(!(await workbench.lines(MODULE)).some((line) => line.includes("cores = 0;")));
    await workbench.picture("plain-fix");
    await message.getByRole("button", { name: "Undo" }).click();
    await until("the text", async () => (await workbench.lines(MODULE)).some((line) => line.includes("cores = 0;")));
    await workbench.run("File: Save All Files");
    await until("the file as it was", async () => changed(folder).length === 0);
    await evaluated();
  });

  it("is a button in the cascade view, with what is to be known of it", async () => {
    await workbench.openFile(MODULE, 66);
    await workbench.run("mkwhy: Show Who Decides This Option");
    const view = await workbench.webview("#fixes button.fix");
    await until("the option", async () => (await view.locator("#cascade h1").innerText()) === "nix.settings.max-jobs");
    await view.locator("#fixes button", { hasText: `move nix.settings.max-jobs into ${BASE}` }).click();
    await workbench.webview("#review.tried");
    assert.match(await view.locator("#review .changes").innerText(), /warnings on .*, as is meant/);
    await workbench.picture("proof-of-a-change");
    await view.getByRole("button", { name: "Dismiss" }).click();
    await until("no fix", async () => (await view.locator("#review").innerText()) === "");
    // What is known of it by now stands at its button.
    await until("the verdict", async () => /proved: 1 of/.test(await view.locator("#fixes").innerText()));
    assert.deepEqual(changed(folder), []);
  });
});
