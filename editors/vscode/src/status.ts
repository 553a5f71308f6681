// The status bar: the active target, how fresh its answers are, how long the last evaluation took.
import {
  type ExtensionContext,
  MarkdownString,
  StatusBarAlignment,
  type StatusBarItem,
  ThemeColor,
  window,
  workspace,
} from "vscode";
import type { Server } from "./client";
import type { Status } from "./lspExtensions";
import { describe } from "./words";

export class StatusBar {
  private readonly item: StatusBarItem;
  private readonly statuses = new Map<string, Status>();
  /** When each folder was last evaluated. */
  private readonly evaluated = new Map<string, { at: Date; milliseconds: number | null }>();
  private running = false;

  constructor(context: ExtensionContext, server: Server) {
    this.item = window.createStatusBarItem("status", StatusBarAlignment.Left, 5);
    this.item.name = "mkwhy";
    context.subscriptions.push(
      this.item,
      window.onDidChangeActiveTextEditor(() => this.show()),
      workspace.onDidChangeTextDocument(({ document }) => document.languageId === "nix" && this.show()),
      workspace.onDidSaveTextDocument(() => this.show()),
      workspace.onDidGrantWorkspaceTrust(() => this.show()),
    );
    server.onRunning((running) => {
      this.running = running;
      if (!running) this.statuses.clear();
      this.show();
    });
    server.onStatus((status) => {
      this.statuses.set(status.root, status);
      // What became what was evaluated again by an undo was not evaluated anew.
      if (status.state === "evaluated" && (status.milliseconds !== null || !this.evaluated.has(status.root))) {
        this.evaluated.set(status.root, { at: new Date(), milliseconds: status.milliseconds });
      }
      this.show();
    });
  }

  /** What is known of the folder of the active editor, else of the first one. */
  get current(): Status | undefined {
    return this.of(window.activeTextEditor?.document.uri.fsPath);
  }

  /** What is known of the folder that a file is in, the innermost of several. */
  of(file: string | undefined): Status | undefined {
    const all = [...this.statuses.values()];
    const around = all.filter(({ root }) => file !== undefined && (file === root || file.startsWith(`${root}/`)));
    around.sort((a, b) => b.root.length - a.root.length);
    return around[0] ?? all[0];
  }

  /** Whether something in a folder is typed and not saved: what was evaluated is not what stands there. */
  private edited(root: string): boolean {
    return workspace.textDocuments.some(
      ({ isDirty, languageId, uri }) => isDirty && languageId === "nix" && uri.fsPath.startsWith(`${root}/`),
    );
  }

  private show(): void {
    const status = this.current;
    const edited = status?.state === "evaluated" && this.edited(status.root);
    const last = status === undefined ? undefined : this.evaluated.get(status.root);
    const said = describe({
      running: this.running,
      trusted: workspace.isTrusted,
      status: edited && status !== undefined ? { ...status, state: "stale" } : status,
      last,
    });
    this.item.text = said.text;
    this.item.tooltip = new MarkdownString(said.tooltip, true);
    this.item.tooltip.isTrusted = {
      enabledCommands: ["mkwhy.evaluateNow", "mkwhy.showLog", "mkwhy.switchTarget", "mkwhy.restartServer"],
    };
    this.item.accessibilityInformation = { label: said.spoken, role: "button" };
    this.item.command = said.command;
    this.item.backgroundColor =
      said.colour === undefined ? undefined : new ThemeColor(`statusBarItem.${said.colour}Background`);
    this.item.show();
  }
}
