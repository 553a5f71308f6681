// What happens when the extension is started: everything is put together here, and nothing is waited for.
import { type ExtensionContext, window, workspace } from "vscode";
import { CascadeView } from "./cascade/view";
import { Server } from "./client";
import { registerCommands } from "./commands";
import { Decorations } from "./decorations";
import { Difference } from "./fixes/difference";
import { Fixes } from "./fixes/fixes";
import { ensureLanguage } from "./language";
import { MatrixPanel } from "./matrix/panel";
import { StatusBar } from "./status";
import { Trees } from "./trees/views";

let server: Server | undefined;

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("mkwhy", { log: true });
  server = new Server(context, log);
  const status = new StatusBar(context, server);
  const fixes = new Fixes(server, status, new Difference(context));
  const cascade = new CascadeView(context, server, status, fixes);
  const matrix = new MatrixPanel(context, server, status);
  const decorations = new Decorations(context, server);
  const trees = new Trees(context, server, status);
  registerCommands(context, { server, status, fixes, cascade, matrix, trees, log });
  ensureLanguage(context);
  context.subscriptions.push(
    log,
    workspace.onDidGrantWorkspaceTrust(() => void trusted()),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("mkwhy.server.path")) void server?.restart();
      else if (change.affectsConfiguration("mkwhy")) void server?.settings();
      if (change.affectsConfiguration("mkwhy.decorations")) decorations.restyle();
    }),
  );
  // In its own time: what is registered is there at once.
  setImmediate(() => void server?.start());
}

/** In a folder that was not trusted a program of its own was not looked for, and settings of it did not count. */
async function trusted(): Promise<void> {
  if (server === undefined) return;
  if (!server.isRunning) {
    await server.restart();
    return;
  }
  await server.settings();
  await server.trust();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
