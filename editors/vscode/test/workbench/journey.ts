// A person's way through the editor, on a copy of fixtures/kernelcore with real Nix.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { kernelcore, read } from "./fixture";
import { Workbench, until } from "./workbench";

const MODULE = "modules/system/nix.nix";
const WINNER = "modules/security/nix-daemon.nix";

describe("the journey", () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = kernelcore();
    workbench = await Workbench.open(folder, { file: MODULE });
  });
  let step = 0;
  afterEach(async () => {
    step += 1;
    await workbench?.picture(`after-step-${step}`);
  });
  after(async () => {
    await workbench?.finish("journey");
  });

  it("evaluates the target by itself and says so in the status bar", async () => {
    const text = await until("the evaluated status", async () => {
      const said = await workbench.status.innerText();
      return /kernelcore \d/.test(said) && said;
    });
    assert.match(text, /kernelcore [\d.]+ m?s/);
  });

  it("says at each definition what became of it", async () => {
    await workbench.goToLine(58);
    await until("the hint of max-jobs", async () => {
      const line = await workbench.line(MODULE, "nix.settings.max-jobs");
      return line.includes("lost to security/nix-daemon.nix:61 · mkForce 50");
    });
  });

  it("marks the losers and the winners", async () => {
    const struck = async () => (await workbench.struck(MODULE)).join("");
    await until("the line through the loser", async () => (await struck()).includes("nix.settings.max-jobs"));
    const text = await struck();
    // A list over several lines is struck as a whole; what is merged is not.
    assert.ok(text.includes('"@wheel"') && text.includes("connect-timeout"), text);
    assert.ok(!text.includes("stalled-download-timeout"), text);
    const marks = await workbench.gutter(MODULE);
    assert.deepEqual([...new Set(marks)].sort(), ["lost", "merged"]);
    await workbench.picture("module");
  });

  it("shows the cascade of what the cursor is on, from the winner down", async () => {
    await workbench.goToLine(66, 10);
    await workbench.run("mkwhy: Show Who Decides This Option");
    const view = await workbench.webview(".definitions .wins");
    assert.equal(await view.locator("h1").innerText(), "nix.settings.max-jobs");
    assert.equal(await view.locator(".final pre").innerText(), "6");
    assert.deepEqual(await view.locator(".definition").first().locator(".outcome, .priority").allInnerTexts(), ["wins", "mkForce 50"]);
    const outcomes = await view.locator(".definition").evaluateAll((all) => all.map((one) => one.getAttribute("data-outcome")));
    assert.deepEqual([...new Set(outcomes)], ["wins", "shadowed", "inactive"]);
    const lost = view.locator(".definition.shadowed", { hasText: "system/nix.nix:66" });
    assert.equal(await lost.locator("s").innerText(), "4");
    assert.equal(await lost.locator("s").evaluate((text) => getComputedStyle(text).textDecorationLine), "line-through");
    await lost.locator("summary", { hasText: "Why not this one?" }).click();
    assert.match(await lost.locator(".why p").innerText(), /nix-daemon\.nix:61:7 .*has mkForce 50, which outranks plain 100\./);
    assert.match(await view.locator(".conclusion").innerText(), /nix-daemon\.nix:61:7 decides with mkForce, which outranks/);
    await workbench.picture("cascade");
  });

  it("goes to the winner by a click", async () => {
    const view = await workbench.webview(".definitions .wins");
    await view.locator(".definition.wins .place").click();
    await workbench.editor(WINNER).waitFor();
    await until("the cursor", async () => (await workbench.cursor()).startsWith("Ln 61"));
    await until("its hint", async () => (await workbench.line(WINNER, "max-jobs")).includes("wins · mkForce 50"));
    await until("its mark", async () => (await workbench.gutter(WINNER)).includes("wins"));
    assert.ok(!(await workbench.struck(WINNER)).join("").includes("cfg.maxJobs"));
  });

  it("can be used with the keyboard and heard", async () => {
    await workbench.openFile(MODULE, 66);
    const view = await workbench.webview(".definitions .wins");
    await until("the option", async () => (await view.locator("h1").innerText()) === "nix.settings.max-jobs");
    assert.match(await view.locator("#announcement").innerText(), /^nix\.settings\.max-jobs: modules\/security\/nix-daemon\.nix:61:7 decides with mkForce, which outranks .*\.$/);
    assert.equal(await view.locator("button, summary, [tabindex]").evaluateAll((all) => all.filter((one) => (one.textContent ?? "").trim() === "").length), 0);
    // From the value by the tabulator to the place of the winner, and there by Enter.
    await view.locator(".final pre").focus();
    await workbench.page.keyboard.press("Tab");
    assert.match(await view.locator(":focus").innerText(), /security\/nix-daemon\.nix:61/);
    await workbench.page.keyboard.press("Enter");
    await workbench.editor(WINNER).waitFor();
  });

  it("loads nothing and runs nothing that is not its own", async () => {
    const view = await workbench.webview("h1");
    const policy = await view.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
    assert.match(policy ?? "", /^default-src 'none'; script-src 'nonce-[\w-]{22}'; style-src \S+( \S+)*$/);
    const ran = await view.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.foreign = true";
      document.body.append(script);
      const picture = new Image();
      const loaded = new Promise((done) => {
        picture.onload = () => done("loaded");
        picture.onerror = () => done("refused");
      });
      picture.src = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
      const asked = await fetch(location.origin).then(() => "answered", () => "refused");
      return { script: "foreign" in window, picture: await loaded, asked };
    });
    assert.deepEqual(ran, { script: false, picture: "refused", asked: "refused" });
  });

  it("follows the cursor, and stays when it is told to", async () => {
    await workbench.openFile(MODULE, 49);
    const title = () => workbench.webview("h1").then((view) => view.locator("h1").innerText());
    await until("the other option", async () => (await title()) === "nix.settings.connect-timeout");
    await workbench.run("mkwhy: Keep Showing This Option");
    await workbench.goToLine(66, 10);
    const view = await workbench.webview("button.quiet");
    assert.equal(await title(), "nix.settings.connect-timeout");
    await view.locator("button.quiet").click();
    await until("the option under the cursor", async () => (await title()) === "nix.settings.max-jobs");
  });

  it("answers from the text while something is typed", async () => {
    // Stronger than the mkForce that decides.
    await workbench.goToLine(66, 31);
    await workbench.page.keyboard.type("mkOverride 40 ");
    await until("the new winner", async () => {
      const line = await workbench.line(MODULE, "nix.settings.max-jobs");
      return line.includes("mkOverride 40 4;") && line.includes("wins · mkOverride 40");
    });
    const view = await workbench.webview(".known");
    assert.match(await view.locator(".known").innerText(), /Edited since the last evaluation/);
    assert.match((await workbench.status.getAttribute("aria-label")) ?? "", /Edited since the last evaluation/);
    assert.match(read(folder, MODULE), /nix\.settings\.max-jobs = 4;/, "it was not saved");
    await workbench.picture("typed");
  });

  it("replaces that by Nix's answer when it is saved", async () => {
    await workbench.page.keyboard.press("Control+S");
    await until("the evaluated status", async () => {
      const label = (await workbench.status.getAttribute("aria-label")) ?? "";
      return label.includes("Nix evaluated what there is");
    });
    const view = await workbench.webview(".definitions .wins");
    await until("the evaluated cascade", async () => (await view.locator(".known").count()) === 0);
    assert.equal(await view.locator(".final pre").innerText(), "4");
    assert.match(await view.locator(".definition.wins").innerText(), /system\/nix\.nix:66/);
    assert.match(await workbench.line(MODULE, "nix.settings.max-jobs"), /wins · mkOverride 40/);
    await workbench.picture("saved");
  });

  it("switches the target by a click on the status bar", async () => {
    await workbench.status.locator("a").click();
    const row = workbench.page.locator(".quick-input-list .monaco-list-row", { hasText: "forge" });
    await row.waitFor();
    await workbench.picture("targets");
    await row.click();
    await until("the other target", async () => /forge \d/.test(await workbench.status.innerText()));
    const view = await workbench.webview(".target");
    await until("its cascade", async () => (await view.locator(".target").innerText()) === "nixosConfigurations.forge");
    // On forge offload-server is enabled: this definition is off there.
    await until("its hint", async () => (await workbench.line(MODULE, "nix.settings.max-jobs")).includes("inactive"));
  });

  it("shows settings by modules as a table, and goes to a cell's definition", async () => {
    await workbench.run("mkwhy: Show Settings by Modules");
    const table = await workbench.webview("table");
    const row = table.locator("tbody tr", { hasText: "nix.settings.max-jobs" });
    assert.equal(await row.locator('th[scope="row"]').innerText(), "nix.settings.max-jobs");
    assert.ok((await table.locator('thead th[scope="col"]').count()) > 5);
    await table.locator("#filter").fill("nix.settings");
    await until("the filter", async () => (await table.locator("tbody tr", { hasText: "clamav" }).count()) === 0);
    assert.ok((await table.locator(".cell.inactive").count()) > 0);
    await table.getByLabel("Without what is inactive").check();
    assert.equal(await table.locator(".cell.inactive").count(), 0);
    assert.ok((await row.locator(".cell.wins").count()) > 0);
    await workbench.picture("matrix");
    await row.locator("button.cell").first().click();
    await until("the definition", async () => /^Ln \d+/.test(await workbench.cursor()));
  });

  it("has a tree of the options and of the modules", async () => {
    const { page } = workbench;
    // The cascade makes room.
    await page.locator('.pane-header[aria-label^="Who Decides"]').click({ position: { x: 60, y: 10 } });
    await workbench.run("mkwhy: Focus on Options View");
    const options = page.locator('.pane:has(.pane-header[aria-label^="Options"])');
    const row = (text: string | RegExp) => options.locator(".monaco-list-row", { hasText: text }).first();
    await row(/^nix\d+ options/).locator(".monaco-tl-twistie").click();
    await row(/^settings\d+ options, \d+ contested/).locator(".monaco-tl-twistie").click();
    await row(/^cores/).locator(".monaco-tl-twistie").click();
    await row(/nix-base\.nix:43shadowed · mkDefault 1000/).waitFor();
    await workbench.run("mkwhy: Focus on Modules View");
    const modules = page.locator('.pane:has(.pane-header[aria-label^="Modules"])');
    await modules.locator(".monaco-list-row", { hasText: "flake.nix" }).first().waitFor();
    await modules.locator(".monaco-list-row", { hasText: /definitions, \d+ lost/ }).first().waitFor();
    await workbench.picture("trees");
  });

  it("starts the server again when it ends", async () => {
    const [server] = workbench.servers();
    assert.ok(server !== undefined);
    process.kill(server, "SIGKILL");
    const next = await until("another server", async () => workbench.servers().find((pid) => pid !== server));
    assert.notEqual(next, server);
    await until("its evaluation", async () => /kernelcore \d/.test(await workbench.status.innerText()));
    await workbench.openFile(MODULE, 66);
    await until("its hint", async () => (await workbench.line(MODULE, "nix.settings.max-jobs")).includes("wins"));
  });
});
