import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { findProgram } from "../../src/binary";

function program(...parts: string[]): string {
  const file = join(...parts);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, 0o755);
  return file;
}

describe("the program is looked for", () => {
  const root = mkdtempSync(join(tmpdir(), "mkwhy-"));
  after(() => rmSync(root, { recursive: true }));
  const around = {
    setting: null,
    folders: [join(root, "work")],
    path: join(root, "path"),
    extension: join(root, "extension"),
    windows: false,
  };

  it("where there is none, with a sentence that says what to do", () => {
    const lookup = findProgram(around);
    assert.ok("missing" in lookup && /not on PATH/.test(lookup.missing) && /mkwhy\.server\.path/.test(lookup.missing));
  });

  it("in the extension, then on PATH, then in the workspace, then where the person says", () => {
    const bundled = program(root, "extension/server/mkwhy");
    assert.deepEqual(findProgram(around), { found: bundled, where: "extension" });
    const onPath = program(root, "path/mkwhy");
    assert.deepEqual(findProgram(around), { found: onPath, where: "path" });
    const inWorkspace = program(root, "work/result/bin/mkwhy");
    assert.deepEqual(findProgram(around), { found: inWorkspace, where: "workspace" });
    const named = program(root, "work/own/mkwhy");
    assert.deepEqual(findProgram({ ...around, setting: "own/mkwhy" }), { found: named, where: "setting" });
    assert.deepEqual(findProgram({ ...around, setting: named }), { found: named, where: "setting" });
  });

  it("not in a workspace that is not trusted", () => {
    assert.deepEqual(findProgram({ ...around, folders: [] }), { found: join(root, "path/mkwhy"), where: "path" });
  });

  it("and one that was named and is not there is not replaced by another", () => {
    const lookup = findProgram({ ...around, setting: "/nowhere/mkwhy" });
    assert.ok("missing" in lookup && lookup.missing.includes("/nowhere/mkwhy"));
  });

  it("and a file that cannot be started is none", () => {
    const file = program(root, "plain/mkwhy");
    chmodSync(file, 0o644);
    // Whether root may start a file depends on its mode alone.
    assert.ok("missing" in findProgram({ ...around, setting: file }));
  });
});
