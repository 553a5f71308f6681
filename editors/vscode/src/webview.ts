// The frame of a webview: its page may load the extension's own script and style, and nothing else.
import { randomBytes } from "node:crypto";
import { Uri, type Webview, type WebviewOptions } from "vscode";

export function options(extension: Uri): WebviewOptions {
  return { enableScripts: true, localResourceRoots: [Uri.joinPath(extension, "dist", "webview")] };
}

/** The page that loads `script`; everything else comes by messages. */
export function page(webview: Webview, extension: Uri, script: "cascade" | "matrix", title: string): string {
  const nonce = randomBytes(16).toString("base64url");
  const at = (file: string) => webview.asWebviewUri(Uri.joinPath(extension, "dist", "webview", file)).toString();
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${at("style.css")}">
<title>${title}</title>
</head>
<body data-page="${script}">
<main id="content"></main>
<p id="announcement" class="visually-hidden" role="status" aria-live="polite"></p>
<script nonce="${nonce}" src="${at(`${script}.js`)}"></script>
</body>
</html>`;
}
