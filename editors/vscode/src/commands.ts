// The commands of the palette, the menus and the views.
import {
  type ExtensionContext,
  Location,
  type LogOutputChannel,
  Position,
  QuickPickItemKind,
  type QuickPickItem,
  Range,
  type SymbolInformation,
  Uri,
  commands,
  window,
} from "vscode";
import type { CascadeView } from "./cascade/view";
import type { Server } from "./client";
import { type Fixes, isChosen } from "./fixes/fixes";
import * as lsp from "./lspExtensions";
import type { MatrixPanel } from "./matrix/panel";
import { open } from "./places";
import type { StatusBar } from "./status";
import { isTarget } from "./targets";
import type { Trees } from "./trees/views";
import { shortTarget } from "./words";

export interface Parts {
  server: Server;
  status: StatusBar;
  fixes: Fixes;
  cascade: CascadeView;
  matrix: MatrixPanel;
  trees: Trees;
  log: LogOutputChannel;
}

export function registerCommands(context: ExtensionContext, parts: Parts): void {
  const { server, fixes, cascade, matrix, trees, log } = parts;
  const register = (name: string, run: (...words: unknown[]) => unknown) =>
    context.subscriptions.push(commands.registerCommand(`mkwhy.${name}`, run));
  register("showCascade", () => {
    cascade.unpin();
    return cascade.reveal();
  });
  register("askOption", (option) => askOption(cascade, option));
  register("goToWinner", () => commands.executeCommand("editor.action.revealDefinition"));
  register("showMatrix", () => matrix.show());
  register("switchTarget", () => switchTarget(parts));
  register("evaluateNow", () => evaluateNow(parts));
  register("pinCascade", () => cascade.pin());
  register("followCursor", () => cascade.unpin());
  register("openDefinition", (item) => openItem(item));
  register("restartServer", () => server.restart());
  register("refreshTrees", () => trees.refresh());
  register("showLog", () => log.show());
  register("openWalkthrough", () =>
    commands.executeCommand("workbench.action.openWalkthrough", `${context.extension.id}#start`, false),
  );
  register("showDefinitions", showDefinitions);
  register("tryFix", (chosen) => isChosen(chosen) && fixes.choose(chosen, () => cascade.reveal()));
  register("undoFix", () => fixes.undo());
}

/** The folder of the active editor, for requests. */
function folder({ status }: Parts): lsp.FolderParams {
  const root = status.current?.root;
  return root === undefined ? {} : { uri: Uri.file(root).toString() };
}

async function evaluateNow(parts: Parts): Promise<void> {
  const answer = await parts.server.ask(lsp.evaluate, folder(parts));
  if (answer === undefined || answer.started) return;
  const manage = "Manage Workspace Trust";
  const ways = answer.refused === "untrusted" ? [manage] : [];
  const chosen = await window.showWarningMessage(`mkwhy: ${answer.message ?? "nothing was evaluated"}`, ...ways);
  if (chosen === manage) await commands.executeCommand("workbench.trust.manage");
}

async function switchTarget(parts: Parts): Promise<void> {
  const where = folder(parts);
  const known = await parts.server.ask(lsp.targets, where);
  if (known === undefined || known.targets.length === 0) {
    void window.showInformationMessage("mkwhy: no target is known in this folder.");
    return;
  }
  const items = known.targets.map(({ name }) => ({
    label: `${name === known.active ? "$(check)" : "$(blank)"} ${shortTarget(name)}`,
    description: name === shortTarget(name) ? "" : name.slice(0, name.length - shortTarget(name).length - 1),
    name,
  }));
  const chosen = await window.showQuickPick(items, { title: "mkwhy: Target", placeHolder: "The configuration that is asked" });
  if (chosen !== undefined && chosen.name !== known.active) {
    await parts.server.ask(lsp.setTarget, { ...where, target: chosen.name });
  }
}

/** Asks for an option by its path: the names that the server finds are offered, any other can be typed. */
async function askOption(cascade: CascadeView, given: unknown): Promise<void> {
  if (typeof given === "string") {
    await cascade.show(given);
    return;
  }
  const picker = window.createQuickPick<QuickPickItem>();
  picker.title = "mkwhy: Who Decides Option…";
  picker.placeholder = "nix.settings.max-jobs";
  let question = 0;
  picker.onDidChangeValue(async (typed) => {
    const mine = ++question;
    picker.busy = true;
    const found = await commands.executeCommand<SymbolInformation[]>("vscode.executeWorkspaceSymbolProvider", typed);
    if (mine !== question) return;
    picker.busy = false;
    const names = [...new Set((found ?? []).filter(({ location }) => location.uri.fsPath.endsWith(".nix")).map(({ name }) => name))];
    const own: QuickPickItem[] = typed === "" || names.includes(typed) ? [] : [{ label: typed, description: "as typed", alwaysShow: true }];
    const rest = names.sort().map((label) => ({ label }));
    picker.items = [...own, ...(rest.length > 0 ? [{ label: "defined here", kind: QuickPickItemKind.Separator }] : []), ...rest];
  });
  picker.onDidAccept(async () => {
    const option = picker.selectedItems[0]?.label ?? picker.value;
    picker.hide();
    if (option !== "") await cascade.show(option);
  });
  picker.onDidHide(() => picker.dispose());
  picker.show();
}

/** The server's lens over an option: all its definitions. */
async function showDefinitions(uri: unknown, position: unknown, places: unknown): Promise<void> {
  if (typeof uri !== "string" || !Array.isArray(places)) return;
  const at = (place: lsp.Position) => new Position(place.line, place.character);
  const found = (places as lsp.Location[]).map(
    ({ uri: file, range }) => new Location(Uri.parse(file), new Range(at(range.start), at(range.end))),
  );
  await commands.executeCommand("editor.action.showReferences", Uri.parse(uri), at(position as lsp.Position), found);
}

async function openItem(item: unknown): Promise<void> {
  const target = typeof item === "object" && item !== null && "target" in item ? item.target : item;
  if (isTarget(target)) await open(target);
}
