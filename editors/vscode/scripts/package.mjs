// Packs the extension: node scripts/package.mjs --out FILE [--target PLATFORM --program FILE]
// With a program, the package is for one platform and has the program in server/.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({
  options: { out: { type: "string" }, target: { type: "string" }, program: { type: "string" } },
});
if (!values.out || Boolean(values.target) !== Boolean(values.program)) {
  console.error("usage: node scripts/package.mjs --out FILE [--target PLATFORM --program FILE]");
  process.exit(2);
}

await bundle({ withTests: false });
const server = join(root, "server");
rmSync(server, { recursive: true, force: true });
try {
  if (values.program) {
    const name = values.target.startsWith("win32") ? "mkwhy.exe" : "mkwhy";
    mkdirSync(server);
    copyFileSync(values.program, join(server, name));
    chmodSync(join(server, name), 0o755);
  }
  const vsce = join(root, "node_modules/@vscode/vsce/vsce");
  // Links of the README are left relative: they are read in the editor too.
  const words = ["package", "--no-dependencies", "--no-rewrite-relative-links", "--out", resolve(values.out)];
  if (values.target) words.push("--target", values.target);
  execFileSync(process.execPath, [vsce, ...words], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  console.log(`packed ${resolve(values.out)}`);
} finally {
  rmSync(server, { recursive: true, force: true });
}
