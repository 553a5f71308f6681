// What is shown of a fix that was tried: plain data and text, without the editor.
import { fileURLToPath } from "node:url";
import { relative } from "node:path";
import type { TextEdit, WorkspaceEdit } from "vscode-languageclient";
import type { Link } from "../cascade/model";
import type { FinalValue, FixAnswer, Position, Value } from "../lspExtensions";
import { valueText } from "../values";
import { shortTarget } from "../words";

/** A value that a fix changes, on those targets where it does so alike. */
export interface ShownChange {
  option: string;
  targets: string[];
  before: string;
  after: string;
  /** Whether that is what the fix is for. */
  meant: boolean;
}

/** A fix that is looked at before it is applied, and what became of it. */
export interface Review {
  title: string;
  state: "proving" | "tried" | "applying" | "applied" | "failed";
  /** Whether it does what it says and nothing else. */
  proved: boolean;
  /** What came of it, in a sentence. */
  said: string;
  changes: ShownChange[];
  files: Link[];
  notes: string[];
}

/** A fix of which only the beginning, or the failure, is known. */
export function unfinished(title: string, state: "proving" | "failed", said: string): Review {
  return { title: sentence(title), state, proved: false, said, changes: [], files: [], notes: [] };
}

export function tried(root: string, title: string, answer: FixAnswer): Review {
  const added = answer.toAdd.length === 0 ? [] : [`Nix sees the new file after: git add ${answer.toAdd.join(" ")}`];
  return {
    title: sentence(title),
    state: "tried",
    proved: answer.proved,
    said: answer.verdict,
    changes: changes(answer),
    files: touched(answer.edit).map((uri) => fileLink(root, fileURLToPath(uri))),
    notes: [...answer.failures, ...answer.left, ...answer.remarks, ...added],
  };
}

/** Whether a fix is what everyone expects of it: one file, no value, nothing left to be told. */
export function isPlain(kind: string, answer: FixAnswer): boolean {
  const told = answer.values.length + answer.failures.length + answer.left.length + answer.toAdd.length;
  return !kind.startsWith("refactor.move") && answer.proved && told === 0 && touched(answer.edit).length === 1;
}

/** The documents that an edit is of, each once. */
export function touched(edit: WorkspaceEdit): string[] {
  const uris = (edit.documentChanges ?? []).flatMap((change) => {
    if ("textDocument" in change) return [change.textDocument.uri];
    return change.kind === "rename" ? [change.oldUri, change.newUri] : [change.uri];
  });
  return [...new Set([...uris, ...Object.keys(edit.changes ?? {})])];
}

/** An edit that was looked at: the editor does not ask about it once more. */
export function unasked(edit: WorkspaceEdit): WorkspaceEdit {
  const annotations = Object.entries(edit.changeAnnotations ?? {});
  const changed = annotations.map(([name, annotation]) => [name, { ...annotation, needsConfirmation: false }] as const);
  return { ...edit, changeAnnotations: Object.fromEntries(changed) };
}

/** The edits of a document. */
export function editsOf(edit: WorkspaceEdit, uri: string): TextEdit[] {
  const found = (edit.documentChanges ?? []).flatMap((change) =>
    "textDocument" in change && change.textDocument.uri === uri ? change.edits : [],
  );
  return [...found.filter((one): one is TextEdit => "newText" in one), ...(edit.changes?.[uri] ?? [])];
}

/** A text after edits, which do not overlap. */
export function edited(text: string, edits: TextEdit[]): string {
  const starts = [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map((end) => end.index + end[0].length)];
  const offset = ({ line, character }: Position) => {
    const start = starts[line];
    return start === undefined ? text.length : Math.min(start + character, starts[line + 1] ?? text.length);
  };
  const places = edits.map(({ range, newText }) => ({ from: offset(range.start), to: offset(range.end), newText }));
  let [out, at] = ["", 0];
  for (const { from, to, newText } of places.sort((a, b) => a.from - b.from)) {
    out += text.slice(at, from) + newText;
    at = to;
  }
  return out + text.slice(at);
}

function changes(answer: FixAnswer): ShownChange[] {
  const found = new Map<string, ShownChange>();
  for (const { option, target, meant, ...values } of answer.values) {
    const [before, after] = differing(values.before, values.after);
    const change = { option, targets: [], before: finalText(before), after: finalText(after), meant };
    const key = JSON.stringify(change);
    if (!found.has(key)) found.set(key, change);
    found.get(key)?.targets.push(shortTarget(target));
  }
  // What nobody meant comes first.
  return [...found.values()].sort((a, b) => Number(a.meant) - Number(b.meant));
}

/** Two lists without what is in both of them; everything else as it is. */
function differing(before: FinalValue, after: FinalValue): [FinalValue, FinalValue] {
  const [ours, theirs] = [whole(before), whole(after)];
  if (ours === undefined || theirs === undefined) return [before, after];
  const without = (items: Value[], others: Value[]) => {
    const known = new Set(others.map((item) => JSON.stringify(item)));
    return items.filter((item) => !known.has(JSON.stringify(item)));
  };
  const [gone, come] = [without(ours, theirs), without(theirs, ours)];
  if (gone.length + come.length === 0) return [before, after];
  const list = (items: Value[], all: Value[]): FinalValue => {
    return { state: "known", value: { kind: "list", items, more: all.length - items.length } };
  };
  return [list(gone, ours), list(come, theirs)];
}

function whole(value: FinalValue): Value[] | undefined {
  const known = value.state === "known" || value.state === "merged" ? value.value : undefined;
  return known?.kind === "list" && known.more === 0 ? known.items : undefined;
}

function finalText(value: FinalValue): string {
  switch (value.state) {
    case "known":
    case "merged":
      return valueText(value.value);
    case "undefined":
      return "«nothing»";
    case "failed":
      return `«fails: ${value.message.text}»`;
    case "unknown":
      return "«not known»";
  }
}

function fileLink(root: string, file: string): Link {
  const label = root !== "" && file.startsWith(`${root}/`) ? relative(root, file) : file;
  return { label, target: { file, line: null, column: null } };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
