// Where the program is: named by the person, in the workspace, on PATH, or in the extension.
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { homedir } from "node:os";

/** Where programs of a workspace usually are. */
const IN_WORKSPACE = ["bin", "result/bin", ".devenv/profile/bin"];

export interface Surroundings {
  /** What the person set. */
  setting: string | null;
  /** The folders that are open and trusted: nothing is started out of others. */
  folders: string[];
  path: string;
  /** The folder of the extension. */
  extension: string;
  windows: boolean;
}

export type Lookup = { found: string; where: "setting" | "workspace" | "path" | "extension" } | { missing: string };

/** Finds the program, or says in a sentence why there is none. */
export function findProgram(around: Surroundings): Lookup {
  const name = around.windows ? "mkwhy.exe" : "mkwhy";
  if (around.setting !== null) {
    return named(around.setting, around.folders);
  }
  for (const folder of around.folders) {
    for (const place of IN_WORKSPACE) {
      const file = join(folder, place, name);
      if (isProgram(file)) return { found: file, where: "workspace" };
    }
  }
  for (const folder of around.path.split(delimiter).filter((part) => isAbsolute(part))) {
    const file = join(folder, name);
    if (isProgram(file)) return { found: file, where: "path" };
  }
  const bundled = join(around.extension, "server", name);
  if (isProgram(bundled)) return { found: bundled, where: "extension" };
  return {
    missing:
      "The program mkwhy was not found: not in the workspace, not on PATH, and this package of the extension has none. " +
      'Install it (for instance with "cargo install --path crates/cli" in its repository), or set mkwhy.server.path.',
  };
}

function named(setting: string, folders: string[]): Lookup {
  const text = setting.startsWith("~/") ? join(homedir(), setting.slice(2)) : setting;
  const candidates = isAbsolute(text) ? [text] : folders.map((folder) => join(folder, text));
  const found = candidates.find(isProgram);
  if (found !== undefined) return { found, where: "setting" };
  return { missing: `mkwhy.server.path is ${setting}, but there is no program.` };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
