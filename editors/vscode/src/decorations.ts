// What the protocol has no words for: losers struck through, winners in the gutter and the overview ruler.
import {
  type ExtensionContext,
  OverviewRulerLane,
  Range,
  type TextDocument,
  type TextEditor,
  type TextEditorDecorationType,
  ThemeColor,
  Uri,
  window,
  workspace,
} from "vscode";
import type { Server } from "./client";
import { decorationSettings } from "./config";
import * as lsp from "./lspExtensions";

/** So long nothing must be typed. */
const SETTLE = 80;

/** The kinds of decoration: outcomes that look alike are one. */
const KINDS = ["wins", "merged", "conflicts", "lost", "inactive", "undecided"] as const;
type Kind = (typeof KINDS)[number];

function kindOf(outcome: lsp.OutcomeWord): Kind {
  return outcome === "shadowed" || outcome === "dropped" ? "lost" : outcome;
}

export class Decorations {
  /** The marks in the gutter and the overview ruler, by kind. */
  private types: Map<Kind, TextEditorDecorationType>;
  /** The line through what lost. */
  private readonly strike = window.createTextEditorDecorationType({
    textDecoration: "line-through; text-decoration-thickness: 1px",
  });
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly context: ExtensionContext,
    private readonly server: Server,
  ) {
    this.types = this.style();
    context.subscriptions.push(
      this.strike,
      { dispose: () => this.types.forEach((type) => type.dispose()) },
      window.onDidChangeVisibleTextEditors(() => this.soon()),
      workspace.onDidChangeTextDocument(({ document }) => document.languageId === "nix" && this.soon()),
    );
    server.onStatus(() => this.soon());
    server.onRunning(() => this.soon());
  }

  /** The settings are others now. */
  restyle(): void {
    this.types.forEach((type) => type.dispose());
    this.types = this.style();
    this.soon();
  }

  private style(): Map<Kind, TextEditorDecorationType> {
    const wanted = decorationSettings();
    const icon = (name: string) => Uri.joinPath(this.context.extensionUri, "images", name);
    const type = (kind: Kind) => {
      const colour = new ThemeColor(`mkwhy.${kind}`);
      return window.createTextEditorDecorationType({
        ...(wanted.gutter
          ? {
              light: { gutterIconPath: icon(`${kind}-light.svg`) },
              dark: { gutterIconPath: icon(`${kind}-dark.svg`) },
              gutterIconSize: "70%",
            }
          : {}),
        ...(wanted.overviewRuler && kind !== "inactive" && kind !== "undecided"
          ? { overviewRulerColor: colour, overviewRulerLane: OverviewRulerLane.Center }
          : {}),
      });
    };
    return new Map(KINDS.map((kind) => [kind, type(kind)]));
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.update(), SETTLE);
  }

  private async update(): Promise<void> {
    const editors = window.visibleTextEditors.filter(
      ({ document }) => document.languageId === "nix" && document.uri.scheme === "file",
    );
    await Promise.all(editors.map((editor) => this.decorate(editor)));
  }

  private async decorate(editor: TextEditor): Promise<void> {
    const { document } = editor;
    const version = document.version;
    const items = this.server.isRunning
      ? await this.server.ask(lsp.items, { textDocument: { uri: document.uri.toString() } })
      : [];
    // No answer, or one about another text: what is shown stays until the next.
    if (items === undefined || document.version !== version) return;
    const client = this.server.languageClient;
    const marks = new Map<Kind, Range[]>(KINDS.map((kind) => [kind, []]));
    const struck: Range[] = [];
    const range = (of: lsp.Range) => client?.protocol2CodeConverter.asRange(of) ?? new Range(0, 0, 0, 0);
    for (const item of items ?? []) {
      // A definition that nobody contests is marked nowhere: the marks are for what has to be looked at.
      if (item.alone && ["wins", "merged", "undecided"].includes(item.outcome)) continue;
      const kind = kindOf(item.outcome);
      marks.get(kind)?.push(range(item.name));
      if (kind === "lost") struck.push(...lines(document, range(item.range)));
    }
    editor.setDecorations(this.strike, decorationSettings().strikeLosers ? struck : []);
    this.types.forEach((type, kind) => editor.setDecorations(type, marks.get(kind) ?? []));
  }
}

/** A range line by line, without the blanks before each. */
function lines(document: TextDocument, range: Range): Range[] {
  const found: Range[] = [];
  for (let number = range.start.line; number <= range.end.line; number += 1) {
    const line = document.lineAt(number);
    const first = Math.max(line.firstNonWhitespaceCharacterIndex, number === range.start.line ? range.start.character : 0);
    const last = number === range.end.line ? range.end.character : line.range.end.character;
    if (last > first) found.push(new Range(number, first, number, last));
  }
  return found;
}
