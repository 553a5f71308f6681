// Packs the extension: node scripts/package.mjs --out FILE [--target PLATFORM --program FILE]
// With a program, the package is for one platform and has the program in server/.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";

/** So large may the package be without the program. */
const MOST_BYTES = 1 << 20;

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const repository = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).repository.url;
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
  // The pictures of the README are in the repository, not in the package.
  const words = ["package", "--no-dependencies", "--out", resolve(values.out)];
  words.push("--baseImagesUrl", `${repository}/raw/main/editors/vscode`, "--baseContentUrl", `${repository}/blob/main/editors/vscode`);
  if (values.target) words.push("--target", values.target);
  execFileSync(process.execPath, [vsce, ...words], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const { size } = statSync(resolve(values.out));
  console.log(`packed ${resolve(values.out)}: ${Math.ceil(size / 1024)} KiB`);
  const files = execFileSync(process.execPath, [vsce, "ls", "--no-dependencies"], { cwd: root, encoding: "utf8" });
  console.log(files.trim().split("\n").map((file) => `  ${file}: ${statSync(join(root, file)).size} bytes`).join("\n"));
  if (!values.program && size >= MOST_BYTES) throw new Error(`the package without the program is larger than ${MOST_BYTES} bytes`);
} finally {
  rmSync(server, { recursive: true, force: true });
}
