// Bundles the extension, its webviews and, with --tests, the tests into dist/.
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tests = process.argv.includes("--tests");
const at = (...parts) => join(root, ...parts);

export async function bundle({ withTests }) {
  rmSync(at("dist"), { recursive: true, force: true });
  const common = { bundle: true, minify: true, legalComments: "none", logLevel: "warning", absWorkingDir: root };
  await Promise.all([
    build({
      ...common,
      entryPoints: { main: "src/main.ts", protocol: "src/protocol.ts" },
      outdir: "dist",
      platform: "node",
      // What the oldest VS Code of `engines` runs on.
      target: "node18",
      format: "cjs",
      external: ["vscode", "./protocol.js"],
    }),
    build({
      ...common,
      entryPoints: { cascade: "webview/cascade.ts", matrix: "webview/matrix.ts", style: "webview/style.css" },
      outdir: "dist/webview",
      platform: "browser",
      target: "chrome114",
      format: "iife",
    }),
    ...(withTests
      ? [
          build({
            ...common,
            minify: false,
            sourcemap: "inline",
            entryPoints: { unit: "test/unit/index.ts", workbench: "test/workbench/index.ts" },
            outdir: "dist/test",
            platform: "node",
            target: "node20",
            format: "cjs",
            packages: "external",
          }),
        ]
      : []),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundle({ withTests: tests });
}
