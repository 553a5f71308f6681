// The server's code actions as buttons of the cascade view.
import { type Range, type TextDocument, commands, workspace } from "vscode";
import type { CodeAction, Command } from "vscode-languageclient/node";
import type { ShownFix } from "./cascade/messages";
import type { Server } from "./client";

export interface Proof {
  state: "proving" | "done" | "failed";
  text: string;
}

export class Fixes {
  private offered = new Map<string, CodeAction>();
  private number = 0;

  constructor(private readonly server: Server) {}

  /** What the server offers at a place; nothing where it offers no code actions. */
  async at(document: TextDocument, range: Range): Promise<ShownFix[]> {
    const client = this.server.languageClient;
    if (client?.initializeResult?.capabilities.codeActionProvider == null) return [];
    try {
      const offered = await client.sendRequest<(CodeAction | Command)[] | null>("textDocument/codeAction", {
        textDocument: client.code2ProtocolConverter.asTextDocumentIdentifier(document),
        range: client.code2ProtocolConverter.asRange(range),
        context: { diagnostics: [] },
      });
      const actions = (offered ?? []).filter((action): action is CodeAction => typeof action.command !== "string");
      this.offered = new Map(actions.map((action) => [String(++this.number), action]));
      return [...this.offered].map(([id, action]) => ({
        id,
        title: action.title,
        preferred: action.isPreferred === true,
        disabled: action.disabled?.reason,
      }));
    } catch (error) {
      this.server.log.warn(`code actions: ${String(error)}`);
      return [];
    }
  }

  /** Lets the server prove a fix and applies it. */
  async apply(id: string, tell: (proof: Proof) => void): Promise<void> {
    const client = this.server.languageClient;
    const action = this.offered.get(id);
    if (client === undefined || action === undefined) {
      tell({ state: "failed", text: "This fix is not offered any more." });
      return;
    }
    tell({ state: "proving", text: "Nix evaluates the configuration with this fix…" });
    try {
      const resolved = action.edit === undefined ? await client.sendRequest<CodeAction>("codeAction/resolve", action) : action;
      const edit = await client.protocol2CodeConverter.asWorkspaceEdit(resolved.edit);
      if (edit === undefined) {
        tell({ state: "failed", text: resolved.disabled?.reason ?? `${resolved.title}: there is nothing to change.` });
        return;
      }
      const applied = await workspace.applyEdit(edit, { isRefactoring: true });
      tell(
        applied
          ? { state: "done", text: resolved.title }
          : { state: "failed", text: "The editor did not apply it: a file has changed meanwhile." },
      );
      if (applied && resolved.command !== undefined) {
        await commands.executeCommand(resolved.command.command, ...(resolved.command.arguments ?? []));
      }
    } catch (error) {
      tell({ state: "failed", text: String(error) });
    }
  }
}
