// The words of a Nix text that are coloured, for editors without a grammar.

export const KINDS = ["comment", "string", "keyword", "number", "property", "function", "operator"] as const;
export type Kind = (typeof KINDS)[number];

export interface Token {
  start: number;
  end: number;
  kind: Kind;
}

const KEYWORDS = new Set(["let", "in", "if", "then", "else", "with", "rec", "inherit", "assert", "or", "true", "false", "null"]);

/** What a text is made of inside of code, the longest first. */
const CODE =
  /(?<comment>#[^\n]*|\/\*[^]*?(?:\*\/|$))|(?<indented>'')|(?<quote>")|(?<path>(?:~|\.{1,2}|[\w.-]+)?(?:\/[\w.+-]+)+\/?|<[\w./+-]+>)|(?<number>\d+(?:\.\d+)?(?![\w.]))|(?<name>[A-Za-z_][\w'-]*)|(?<open>\{)|(?<close>\})|(?<operator>\/\/|\+\+|->|==|!=|<=|>=|&&|\|\||[!?@<>+*/:-])|[^]/gy;

/** The tokens of a text, in its order. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  // What is open: code in braces, or a string of one of the two kinds.
  const open: ("{" | "${" | '"' | "''")[] = [];
  let at = 0;
  while (at < text.length) {
    const inside = open.at(-1);
    if (inside === '"' || inside === "''") {
      const end = stringEnd(text, at, inside);
      if (end.at > at) found.push({ start: at, end: end.at, kind: "string" });
      if (end.closes) open.pop();
      else if (end.at < text.length) {
        open.push("${");
        end.at += 2;
      }
      at = end.at;
      continue;
    }
    CODE.lastIndex = at;
    const match = CODE.exec(text);
    if (match === null) break;
    const groups = match.groups ?? {};
    const end = CODE.lastIndex;
    const push = (kind: Kind) => found.push({ start: at, end, kind });
    if (groups["comment"] !== undefined) push("comment");
    else if (groups["indented"] !== undefined) {
      push("string");
      open.push("''");
    } else if (groups["quote"] !== undefined) {
      push("string");
      open.push('"');
    } else if (groups["path"] !== undefined) push("string");
    else if (groups["number"] !== undefined) push("number");
    else if (groups["name"] !== undefined) {
      if (KEYWORDS.has(groups["name"])) push("keyword");
      else if (/^mk[A-Z]/.test(groups["name"])) push("function");
      else if (/^\s*=(?!=)|^\s*\.\s*[\w"$'.{}-]*\s*=(?!=)/.test(text.slice(end, end + 200))) push("property");
    } else if (groups["open"] !== undefined) open.push("{");
    else if (groups["close"] !== undefined) open.pop();
    else if (groups["operator"] !== undefined) push("operator");
    at = end;
  }
  return found;
}

/** Where the part of a string that begins at `at` ends: at its end (with it), before `${`, or at the end of the text. */
function stringEnd(text: string, at: number, kind: '"' | "''"): { at: number; closes: boolean } {
  const part = kind === '"' ? /\\[^]|\$\$|\$\{|"/g : /''\\[^]|''\$|'''|\$\$|\$\{|''/g;
  part.lastIndex = at;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    if (match[0] === "${") return { at: match.index, closes: false };
    if (match[0] === kind) return { at: part.lastIndex, closes: true };
  }
  return { at: text.length, closes: true };
}
