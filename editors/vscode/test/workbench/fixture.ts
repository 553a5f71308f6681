// A fresh copy of fixtures/kernelcore that real Nix can evaluate without a network.
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { given, scratch } from "./workbench";

const repository = resolve(__dirname, "../../../..");

export function kernelcore(): string {
  const folder = join(mkdtempSync(join(scratch, "work-")), "kernelcore");
  cpSync(join(repository, "fixtures/kernelcore"), folder, { recursive: true });
  const nixpkgs = join(given("MKWHY_PARTS"), "nixpkgs-22.11");
  appendFileSync(join(folder, "mkwhy.toml"), `\n[flake]\noverride-inputs = { nixpkgs = "path:${nixpkgs}" }\n`);
  // The copy lies in a repository that ignores it.
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  execFileSync("git", ["add", "--all", "--force"], { cwd: folder });
  return folder;
}

export function read(folder: string, file: string): string {
  return readFileSync(join(folder, file), "utf8");
}
