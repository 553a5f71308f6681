// The trees of options and of modules in the side bar.
import {
  type Command,
  EventEmitter,
  type ExtensionContext,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  window,
} from "vscode";
import { place } from "../cascade/model";
import type { Server } from "../client";
import * as lsp from "../lspExtensions";
import type { StatusBar } from "../status";
import { type Target, targetOf } from "../targets";
import { priorityText } from "../words";
import { type OptionNode, describeModule, describeNode, optionTree, rootModules } from "./model";

/** So long nothing new must be known. */
const SETTLE = 200;

export class Trees {
  private readonly options: OptionsTree;
  private readonly modules: ModulesTree;
  private timer: NodeJS.Timeout | undefined;

  constructor(context: ExtensionContext, server: Server, status: StatusBar) {
    this.options = new OptionsTree(server, status);
    this.modules = new ModulesTree(server, status);
    context.subscriptions.push(
      window.createTreeView("mkwhy.options", { treeDataProvider: this.options, showCollapseAll: true }),
      window.createTreeView("mkwhy.modules", { treeDataProvider: this.modules, showCollapseAll: true }),
    );
    server.onStatus(({ state }) => state !== "evaluating" && this.soon());
    server.onRunning(() => this.soon());
  }

  refresh(): void {
    this.options.changed.fire(undefined);
    this.modules.changed.fire(undefined);
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), SETTLE);
  }
}

/** The folder of the active editor, for requests. */
function folder(status: StatusBar): { root: string; params: lsp.FolderParams } {
  const root = status.current?.root;
  return root === undefined ? { root: "", params: {} } : { root, params: { uri: Uri.file(root).toString() } };
}

/** A command of a click; the editor wants a title, which nobody sees. */
function click(command: string, argument: unknown): Command {
  return { command, title: "", arguments: [argument] };
}

const ICONS: Record<lsp.OutcomeWord, [string, string]> = {
  wins: ["check", "mkwhy.wins"],
  merged: ["check-all", "mkwhy.merged"],
  conflicts: ["zap", "mkwhy.conflicts"],
  shadowed: ["close", "mkwhy.lost"],
  dropped: ["close", "mkwhy.lost"],
  inactive: ["circle-large-outline", "mkwhy.inactive"],
  undecided: ["question", "mkwhy.undecided"],
};

function icon(outcome: lsp.OutcomeWord): ThemeIcon {
  const [name, colour] = ICONS[outcome];
  return new ThemeIcon(name, new ThemeColor(colour));
}

/** A definition below its option. */
interface DefinitionNode {
  definition: lsp.Definition;
  target: Target;
}

class OptionsTree implements TreeDataProvider<OptionNode | DefinitionNode> {
  readonly changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly server: Server,
    private readonly status: StatusBar,
  ) {}

  async getChildren(node?: OptionNode | DefinitionNode): Promise<(OptionNode | DefinitionNode)[]> {
    const { root, params } = folder(this.status);
    if (node === undefined) return optionTree((await this.server.ask(lsp.options, params)) ?? []);
    if ("definition" in node) return [];
    if (node.option === undefined) return node.children;
    const uri = params.uri ?? "";
    const cascade = await this.server.ask(lsp.cascade, { textDocument: { uri }, option: node.option.path });
    const definitions = (cascade?.definitions ?? []).filter(({ declared_default: isDefault }) => !isDefault);
    return [...node.children, ...definitions.map((definition) => ({ definition, target: targetOf(root, definition.at) }))];
  }

  getTreeItem(node: OptionNode | DefinitionNode): TreeItem {
    if ("definition" in node) return definitionItem(node);
    const item = new TreeItem(node.label, TreeItemCollapsibleState.Collapsed);
    item.description = describeNode(node);
    item.id = `${node.path}\0${node.label}`;
    if (node.option !== undefined) {
      const { lost, contradiction, path, value } = node.option;
      item.iconPath = icon(contradiction ? "conflicts" : "wins");
      if (!contradiction) item.iconPath = new ThemeIcon("symbol-property");
      const contested = lost > 0 ? `\n\n${lost === 1 ? "One definition" : `${lost} definitions`} lost.` : "";
      item.tooltip = new MarkdownString(`**${path}**\n`).appendCodeblock(value ?? "no value is known", "nix");
      item.tooltip.appendMarkdown(contradiction ? "\n\nA contradiction: Nix refuses it." : contested);
      item.command = click("mkwhy.askOption", path);
    } else {
      item.iconPath = new ThemeIcon("symbol-namespace");
    }
    return item;
  }
}

function definitionItem({ definition, target }: DefinitionNode): TreeItem {
  const item = new TreeItem(place(definition.at));
  const priority = definition.priority === null ? "" : ` · ${priorityText(definition.priority)}`;
  item.description = `${definition.outcome}${priority}`;
  item.iconPath = icon(definition.outcome);
  item.accessibilityInformation = {
    label: `${place(definition.at)}: ${definition.outcome}${priority}${definition.struck ? ", lost" : ""}`,
  };
  item.contextValue = "mkwhy.located";
  item.command = click("mkwhy.openDefinition", target);
  return item;
}

/** A module at its place in the tree; the numbers above it keep circles from going on. */
interface ModuleNode {
  number: number;
  above: number[];
  target: Target;
}

class ModulesTree implements TreeDataProvider<ModuleNode> {
  readonly changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private modules: lsp.ModuleEntry[] = [];

  constructor(
    private readonly server: Server,
    private readonly status: StatusBar,
  ) {}

  async getChildren(node?: ModuleNode): Promise<ModuleNode[]> {
    if (node === undefined) {
      this.modules = (await this.server.ask(lsp.modules, folder(this.status).params)) ?? [];
      return rootModules(this.modules).map((number) => this.node(number, []));
    }
    const above = [...node.above, node.number];
    const imports = this.modules[node.number]?.imports ?? [];
    return imports.filter((number) => !above.includes(number)).map((number) => this.node(number, above));
  }

  getTreeItem({ number, above, target }: ModuleNode): TreeItem {
    const module = this.modules[number];
    const expands = (module?.imports ?? []).some((other) => other !== number && !above.includes(other));
    const state = expands
      ? above.length === 0 && number === rootModules(this.modules)[0]
        ? TreeItemCollapsibleState.Expanded
        : TreeItemCollapsibleState.Collapsed
      : TreeItemCollapsibleState.None;
    const item = new TreeItem(module?.file ?? "", state);
    item.id = [...above, number].join("/");
    item.resourceUri = Uri.file(target.file);
    item.iconPath = ThemeIcon.File;
    item.description = module === undefined ? "" : describeModule(module);
    item.contextValue = "mkwhy.located";
    item.command = click("mkwhy.openDefinition", target);
    return item;
  }

  private node(number: number, above: number[]): ModuleNode {
    const file = Uri.parse(this.modules[number]?.uri ?? "").fsPath;
    return { number, above, target: { file, line: null, column: null } };
  }
}
