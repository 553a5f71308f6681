// The side panel that follows the cursor.
import {
  type ExtensionContext,
  type TextEditor,
  type Uri,
  type WebviewView,
  type WebviewViewProvider,
  commands,
  window,
  workspace,
} from "vscode";
import type { Server } from "../client";
import { type Fixes, isChosen } from "../fixes/fixes";
import * as lsp from "../lspExtensions";
import { open } from "../places";
import type { StatusBar } from "../status";
import { isTarget } from "../targets";
import { options, page } from "../webview";
import type { FromView, ShownFix, ToView } from "./messages";
import { shown } from "./model";

/** So long the cursor must rest. */
const SETTLE = 120;

export class CascadeView implements WebviewViewProvider {
  private view: WebviewView | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Counts questions; an answer to an older one is dropped. */
  private asked = 0;
  /** An option that is shown whatever the cursor is on. */
  private pinned: { option: string; document: Uri } | undefined;
  private last: { option: string; document: Uri } | undefined;

  constructor(
    private readonly context: ExtensionContext,
    private readonly server: Server,
    private readonly status: StatusBar,
    private readonly fixes: Fixes,
  ) {
    context.subscriptions.push(
      window.registerWebviewViewProvider("mkwhy.cascade", this),
      window.onDidChangeTextEditorSelection(({ textEditor }) => textEditor.document.languageId === "nix" && this.soon()),
      window.onDidChangeActiveTextEditor(() => this.soon()),
      workspace.onDidChangeTextDocument(({ document }) => document.languageId === "nix" && this.soon()),
      workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("mkwhy") && this.soon()),
    );
    server.onStatus(() => this.soon());
    server.onRunning(() => this.soon());
    fixes.onReview((review) => {
      this.post({ type: "review", review });
      // What came of it stands at its button too.
      if (review === undefined || review.state === "tried") this.soon();
    });
  }

  resolveWebviewView(view: WebviewView): void {
    this.view = view;
    view.webview.options = options(this.context.extensionUri);
    this.context.subscriptions.push(
      view.webview.onDidReceiveMessage((message: FromView) => void this.received(message)),
      view.onDidChangeVisibility(() => view.visible && this.soon()),
      view.onDidDispose(() => {
        this.view = undefined;
      }),
    );
    view.webview.html = page(view.webview, this.context.extensionUri, "cascade", "Who decides");
  }

  /** Shows an option whatever the cursor is on, until the cursor is followed again. */
  async show(option: string): Promise<void> {
    const document = this.document();
    if (document === undefined) return;
    this.pin({ option, document });
    await this.reveal();
  }

  /** Shows the view; it goes on following the cursor. */
  async reveal(): Promise<void> {
    await commands.executeCommand("mkwhy.cascade.focus");
    this.soon();
  }

  pin(what = this.last): void {
    if (what === undefined) return;
    this.pinned = what;
    void commands.executeCommand("setContext", "mkwhy.pinned", true);
    this.soon();
  }

  unpin(): void {
    this.pinned = undefined;
    void commands.executeCommand("setContext", "mkwhy.pinned", false);
    this.soon();
  }

  private async received(message: FromView): Promise<void> {
    switch (message.type) {
      case "ready":
        this.post({ type: "review", review: this.fixes.review });
        this.soon();
        break;
      case "open":
        if (isTarget(message.target)) await open(message.target);
        break;
      case "fix":
        if (isChosen(message.fix)) await this.fixes.try(message.fix);
        break;
      case "review":
        await this.chosen(message.choice);
        break;
      case "follow":
        this.unpin();
        break;
    }
  }

  private async chosen(choice: Extract<FromView, { type: "review" }>["choice"]): Promise<void> {
    if (choice === "apply") await this.fixes.apply();
    else if (choice === "compare") await this.fixes.compare();
    else if (choice === "undo") await this.fixes.undo();
    else this.fixes.dismiss();
  }

  private soon(): void {
    if (this.view?.visible !== true) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.update(), SETTLE);
  }

  private async update(): Promise<void> {
    const question = ++this.asked;
    if (!this.server.isRunning) {
      this.post({ type: "nothing", why: "The server is not running." });
      return;
    }
    const editor = nixEditor();
    const about = this.pinned ?? (editor === undefined ? undefined : { document: editor.document.uri });
    if (about === undefined) {
      this.post({ type: "nothing", why: "Open a Nix module and put the cursor on a definition." });
      return;
    }
    const params: lsp.CascadeParams = { textDocument: { uri: about.document.toString() } };
    if (this.pinned !== undefined) params.option = this.pinned.option;
    else if (editor !== undefined) params.position = place(editor);
    const cascade = await this.server.ask(lsp.cascade, params);
    if (question !== this.asked) return;
    if (cascade == null) {
      const why =
        this.pinned === undefined
          ? "There is no definition under the cursor."
          : `Nothing is known of ${this.pinned.option}.`;
      this.post({ type: "nothing", why, pinned: this.pinned !== undefined });
      return;
    }
    this.last = { option: cascade.path, document: about.document };
    const status = this.status.of(about.document.fsPath);
    const because = workspace.isTrusted ? (status?.message ?? undefined) : "this folder is not trusted, so nothing is evaluated";
    const view = shown(status?.root ?? "", cascade, because);
    this.post({ type: "cascade", cascade: view, pinned: this.pinned !== undefined });
    // An option that is asked for by its name alone is fixed nowhere.
    const open = workspace.textDocuments.some(({ uri }) => uri.toString() === about.document.toString());
    const offered = open ? await this.fixes.at(params) : [];
    if (question === this.asked) this.post({ type: "fixes", fixes: offered.map(shownFix) });
  }

  private document(): Uri | undefined {
    return nixEditor()?.document.uri ?? workspace.workspaceFolders?.[0]?.uri;
  }

  private post(message: ToView): void {
    void this.view?.webview.postMessage(message);
  }
}

function shownFix({ id, title, kind, preferred, verdict, disabled }: lsp.FixEntry): ShownFix {
  return { id, title, kind, preferred, verdict: verdict ?? undefined, disabled: disabled ?? undefined };
}

/** Where the cursor is; before the beginning of a line the line is meant. */
function place({ document, selection: { active } }: TextEditor): lsp.Position {
  const beginning = document.lineAt(active.line).firstNonWhitespaceCharacterIndex;
  return { line: active.line, character: Math.max(active.character, beginning) };
}

/** The active editor, or, where the view itself has the focus, the one that was active before. */
function nixEditor(): TextEditor | undefined {
  const nix = (editor: TextEditor | undefined) => (editor?.document.languageId === "nix" ? editor : undefined);
  return nix(window.activeTextEditor) ?? window.visibleTextEditors.find((editor) => nix(editor) !== undefined);
}
