// What a fix would make of each of its files, beside what they are, in the editor's own way of showing that.
import { type ExtensionContext, type TextDocument, Uri, commands, window, workspace } from "vscode";
import type { WorkspaceEdit } from "vscode-languageclient";
import { edited, editsOf, touched } from "./model";

const SCHEME = "mkwhy-fix";

export class Difference {
  /** The texts that no file has, by their URIs. */
  private texts = new Map<string, string>();
  private number = 0;
  private title: string | undefined;

  constructor(context: ExtensionContext) {
    const provideTextDocumentContent = (uri: Uri) => this.texts.get(uri.toString()) ?? "";
    context.subscriptions.push(workspace.registerTextDocumentContentProvider(SCHEME, { provideTextDocumentContent }));
  }

  async show(title: string, edit: WorkspaceEdit): Promise<void> {
    await this.close();
    this.texts.clear();
    this.number += 1;
    const files = await Promise.all(
      touched(edit).map(async (uri) => {
        const file = Uri.parse(uri);
        const document = await existing(file);
        const before = document === undefined ? this.text("before", file, "") : file;
        const after = this.text("after", file, edited(document?.getText() ?? "", editsOf(edit, uri)));
        return [file, before, after] as const;
      }),
    );
    // From 1.86 on.
    const several = (await commands.getCommands()).includes("_workbench.changes");
    this.title = title;
    if (several) {
      await commands.executeCommand("vscode.changes", title, files);
      return;
    }
    for (const [file, before, after] of files) {
      await commands.executeCommand("vscode.diff", before, after, `${title}: ${workspace.asRelativePath(file)}`, { preview: false });
    }
  }

  /** Closes what is shown. */
  async close(): Promise<void> {
    const title = this.title;
    this.title = undefined;
    if (title === undefined) return;
    const tabs = window.tabGroups.all.flatMap((group) => group.tabs);
    await window.tabGroups.close(tabs.filter(({ label }) => label.startsWith(title)));
  }

  private text(side: "before" | "after", file: Uri, text: string): Uri {
    const uri = Uri.from({ scheme: SCHEME, path: file.path, query: `${side}-${this.number}` });
    this.texts.set(uri.toString(), text);
    return uri;
  }
}

async function existing(file: Uri): Promise<TextDocument | undefined> {
  try {
    return await workspace.openTextDocument(file);
  } catch {
    return undefined;
  }
}
