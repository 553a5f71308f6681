// What package.json says must be what the code does.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";

const root = resolve(__dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const manifest = JSON.parse(read("package.json")) as Manifest;

interface Manifest {
  contributes: {
    commands: { command: string; title: string; icon?: string; category?: string }[];
    menus: Record<string, { command: string }[]>;
    configuration: { properties: Record<string, { markdownDescription?: string; scope?: string; default?: unknown }> }[];
    colors: { id: string; defaults: Record<string, string> }[];
    views: Record<string, { id: string }[]>;
    walkthroughs: { steps: { media: { markdown: string } }[] }[];
  };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
}

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => read(join("src", file)))
  .join("\n");

describe("package.json", () => {
  it("names every command that is registered for people, with a title and an icon", () => {
    const named = manifest.contributes.commands.map(({ command }) => command).sort();
    const registered = [...sources.matchAll(/\bregister\("(\w+)"/g)].map(([, name]) => `mkwhy.${name}`);
    // The server's lenses and fixes call these with arguments that nobody can type.
    const called = ["mkwhy.showDefinitions", "mkwhy.tryFix"];
    assert.deepEqual(named, registered.filter((name) => !called.includes(name)).sort());
    for (const { command, title, icon, category } of manifest.contributes.commands) {
      assert.ok(title !== "" && icon !== undefined && category === "mkwhy", command);
    }
  });

  it("has no menu entry of a command that is not there", () => {
    const named = new Set(manifest.contributes.commands.map(({ command }) => command));
    for (const [menu, entries] of Object.entries(manifest.contributes.menus)) {
      for (const { command } of entries) assert.ok(named.has(command), `${menu}: ${command}`);
    }
  });

  it("documents every setting, says whose it is, and every setting is read", () => {
    const config = read("src/config.ts");
    for (const { properties } of manifest.contributes.configuration) {
      for (const [key, property] of Object.entries(properties)) {
        assert.ok((property.markdownDescription ?? "").length > 20, `${key} has no description`);
        assert.ok(property.scope !== undefined && "default" in property, key);
        const read = key === "mkwhy.trace.server" || config.includes(`"${key.slice("mkwhy.".length)}"`);
        assert.ok(read, `${key} is not read`);
      }
    }
  });

  it("lets no folder that is not trusted say what is started", () => {
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    for (const key of ["mkwhy.server.path", "mkwhy.nix", "mkwhy.overrideInputs"]) assert.ok(restricted.includes(key), key);
  });

  it("has its colours for light, dark and both high contrasts, and the style sheet and the code use them", () => {
    const style = read("webview/style.css");
    for (const { id, defaults } of manifest.contributes.colors) {
      assert.deepEqual(Object.keys(defaults).sort(), ["dark", "highContrast", "highContrastLight", "light"], id);
      assert.ok(style.includes(`--vscode-${id.replace(".", "-")}`), `${id} is not used`);
    }
  });

  it("has views that somebody fills, and pages of the walkthrough that are there", () => {
    for (const { id } of Object.values(manifest.contributes.views).flat()) assert.ok(sources.includes(`"${id}"`), id);
    for (const { steps } of manifest.contributes.walkthroughs) {
      for (const { media } of steps) assert.ok(read(media.markdown).startsWith("# "));
    }
  });

  it("packs what is needed to run and to be shown, and nothing else", () => {
    const words = [join(root, "node_modules/@vscode/vsce/vsce"), "ls", "--no-dependencies"];
    const packed = execFileSync(process.execPath, words, { cwd: root, encoding: "utf8" }).trim().split("\n");
    const expected = ["CHANGELOG.md", "LICENSE", "README.md", "package.json", "images/icon.png"];
    expected.push("dist/main.js", "dist/protocol.js", "dist/webview/cascade.js", "dist/webview/matrix.js", "dist/webview/style.css");
    const rest = packed.filter((file) => !expected.includes(file));
    assert.deepEqual(expected.filter((file) => !packed.includes(file)), []);
    for (const file of rest) {
      const name = file.replace(/^.*\//, "");
      const used = /^images\/\w+-(?:light|dark)\.svg$/.test(file)
        ? sources.includes(name.replace(/-(?:light|dark)\.svg$/, ""))
        : /^(?:images|media\/walkthrough)\//.test(file) && read("package.json").includes(file);
      assert.ok(used, `${file} is superfluous`);
    }
    assert.equal(packed.includes("server/mkwhy"), existsSync(join(root, "server/mkwhy")));
  });

  it("loads little when it is activated", () => {
    const size = read("dist/main.js").length;
    assert.ok(size < 60_000, `dist/main.js has ${size} bytes; what is large belongs into dist/protocol.js`);
  });
});
