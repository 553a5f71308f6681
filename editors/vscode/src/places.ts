// Opening places in the editor.
import { Range, Selection, TextEditorRevealType, Uri, ViewColumn, window, workspace } from "vscode";
import { type Target, charactersOf } from "./targets";

/** Opens a place and puts the cursor there. */
export async function open(target: Target): Promise<void> {
  const document = await workspace.openTextDocument(Uri.file(target.file));
  const editor = await window.showTextDocument(document, { viewColumn: column(target.file), preserveFocus: false });
  if (target.line === null) return;
  const line = Math.min(Math.max(target.line - 1, 0), document.lineCount - 1);
  const text = document.lineAt(line).text;
  const character = target.character ?? (target.column === null ? 0 : charactersOf(text, target.column - 1));
  const end = character + (/^[\w'."${}-]+/.exec(text.slice(character))?.[0].replace(/\.$/, "").length ?? 0);
  const range = new Range(line, character, line, end);
  editor.selection = new Selection(range.start, range.start);
  editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Where a file is shown already, there; else in the group of the last active text editor. */
function column(file: string): ViewColumn {
  const shown = window.visibleTextEditors.find((editor) => editor.document.uri.fsPath === file);
  const active = window.activeTextEditor ?? window.visibleTextEditors[0];
  return shown?.viewColumn ?? active?.viewColumn ?? ViewColumn.One;
}
