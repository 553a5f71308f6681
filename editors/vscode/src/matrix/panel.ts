// Settings by modules, as a table in an editor tab.
import { type ExtensionContext, Uri, ViewColumn, type WebviewPanel, commands, window } from "vscode";
import type { Server } from "../client";
import * as lsp from "../lspExtensions";
import { open } from "../places";
import type { StatusBar } from "../status";
import { isTarget } from "../targets";
import { options, page } from "../webview";
import type { FromMatrix, ToMatrix } from "./messages";
import { shownMatrix } from "./model";

export class MatrixPanel {
  private panel: WebviewPanel | undefined;
  /** The folder that is shown. */
  private root: string | undefined;

  constructor(
    private readonly context: ExtensionContext,
    private readonly server: Server,
    private readonly status: StatusBar,
  ) {
    server.onStatus(({ root, state }) => {
      if (state !== "evaluating" && (this.root === undefined || root === this.root)) void this.update();
    });
  }

  show(): void {
    this.root = this.status.current?.root;
    if (this.panel !== undefined) {
      this.panel.reveal();
      void this.update();
      return;
    }
    const panel = window.createWebviewPanel("mkwhy.matrix", "Settings by Modules", ViewColumn.Active, {
      ...options(this.context.extensionUri),
      enableFindWidget: true,
      retainContextWhenHidden: true,
    });
    this.panel = panel;
    const icon = (name: string) => Uri.joinPath(this.context.extensionUri, "images", name);
    panel.iconPath = { light: icon("matrix-light.svg"), dark: icon("matrix-dark.svg") };
    panel.onDidDispose(() => {
      this.panel = undefined;
    });
    panel.webview.onDidReceiveMessage((message: FromMatrix) => void this.received(message));
    panel.webview.html = page(panel.webview, this.context.extensionUri, "matrix", "Settings by modules");
  }

  private async received(message: FromMatrix): Promise<void> {
    switch (message.type) {
      case "ready":
        await this.update();
        break;
      case "open":
        if (isTarget(message.target)) await open(message.target);
        break;
      case "why":
        await commands.executeCommand("mkwhy.askOption", String(message.option));
        break;
    }
  }

  /** Why there is no table. */
  private why(): string {
    const status = this.root === undefined ? this.status.current : this.status.of(this.root);
    if (!this.server.isRunning) return "The server is not running.";
    if (status?.state === "evaluating") return "Nix evaluates the configuration now.";
    const because = status?.message == null ? "" : `: ${status.message}`;
    return `It is not known who sets what${because}.`;
  }

  private async update(): Promise<void> {
    if (this.panel === undefined) return;
    const root = this.root;
    const params: lsp.FolderParams = root === undefined ? {} : { uri: Uri.file(root).toString() };
    const matrix = await this.server.ask(lsp.duplicates, params);
    const message: ToMatrix =
      matrix == null
        ? { type: "nothing", why: this.why() }
        : { type: "matrix", matrix: shownMatrix(root ?? "", matrix) };
    void this.panel?.webview.postMessage(message);
  }
}
