// The language `nix`, where no other extension brings it: brackets, comments, colours.
//
// A grammar or language configuration in package.json would be one more beside that of another extension for Nix, and
// which of them counts would depend on the order in which they are loaded. So package.json names the language alone, which
// the editor merges, and the rest is registered here, unless another extension contributes it.
import {
  type CancellationToken,
  type DocumentSemanticTokensProvider,
  type ExtensionContext,
  IndentAction,
  type SemanticTokens,
  SemanticTokensBuilder,
  SemanticTokensLegend,
  type TextDocument,
  extensions,
  languages,
} from "vscode";
import { KINDS, tokens } from "./tokens";

export function ensureLanguage(context: ExtensionContext): void {
  const own = context.extension.id;
  const brought = { grammar: false, configuration: false };
  for (const { id, packageJSON } of extensions.all) {
    if (id === own) continue;
    const contributes = (packageJSON as { contributes?: Contributes }).contributes;
    brought.grammar ||= (contributes?.grammars ?? []).some(({ language }) => language === "nix");
    brought.configuration ||= (contributes?.languages ?? []).some(
      ({ id: language, configuration }) => language === "nix" && configuration !== undefined,
    );
  }
  if (!brought.configuration) context.subscriptions.push(configure());
  if (!brought.grammar) {
    const legend = new SemanticTokensLegend([...KINDS]);
    const selector = [{ language: "nix" }];
    context.subscriptions.push(languages.registerDocumentSemanticTokensProvider(selector, new Colours(), legend));
  }
}

interface Contributes {
  grammars?: { language?: string }[];
  languages?: { id?: string; configuration?: string }[];
}

function configure() {
  const pairs: [string, string][] = [
    ["{", "}"],
    ["[", "]"],
    ["(", ")"],
  ];
  return languages.setLanguageConfiguration("nix", {
    comments: { lineComment: "#", blockComment: ["/*", "*/"] },
    brackets: pairs,
    wordPattern: /[A-Za-z_][\w'-]*/,
    indentationRules: { increaseIndentPattern: /[{[(]\s*$/, decreaseIndentPattern: /^\s*[}\])]/ },
    onEnterRules: [{ beforeText: /^\s*#.*$/, afterText: /^.+$/, action: { indentAction: IndentAction.None, appendText: "# " } }],
  });
}

class Colours implements DocumentSemanticTokensProvider {
  provideDocumentSemanticTokens(document: TextDocument, _token: CancellationToken): SemanticTokens {
    const builder = new SemanticTokensBuilder();
    for (const { start, end, kind } of tokens(document.getText())) {
      // A token of the protocol stands on one line.
      const [from, to] = [document.positionAt(start), document.positionAt(end)];
      for (let line = from.line; line <= to.line; line += 1) {
        const begin = line === from.line ? from.character : 0;
        const stop = line === to.line ? to.character : document.lineAt(line).text.length;
        if (stop > begin) builder.push(line, begin, stop - begin, KINDS.indexOf(kind));
      }
    }
    return builder.build();
  }
}
