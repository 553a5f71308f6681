// What the server answers beside the protocol's own requests; crates/server/src/requests.rs says the same in Rust.
import type { Location, Position, Range, TextDocumentIdentifier, WorkspaceEdit } from "vscode-languageclient";

/** A request with its parameters and answer. Plain data: the protocol's library is loaded when the server is started. */
export interface Request<P, R> {
  readonly method: string;
  /** Only for the compiler. */
  readonly types?: [P, R];
}

function request<P, R>(method: string): Request<P, R> {
  return { method };
}

/** How the answers of a target are known. */
export type Freshness = "evaluating" | "evaluated" | "stale" | "syntax" | "failed";

/** What is known of a folder. */
export interface Status {
  /** The folder, absolute. */
  root: string;
  target: string | null;
  state: Freshness;
  /** Why, in a sentence. */
  message: string | null;
  /** How long the last evaluation took. */
  milliseconds: number | null;
}

/** A Nix value within a budget; what cannot be shown is named instead. */
export type Value =
  | { kind: "null" | "throws" }
  | { kind: "bool"; value: boolean }
  /** A string where a number would lose digits. */
  | { kind: "int"; value: number | string }
  /** null: larger than any number. */
  | { kind: "float"; value: number | null }
  | { kind: "string" | "path"; value: string }
  | { kind: "text"; value: string; bytes: number }
  | { kind: "list"; items: Value[]; more: number }
  | { kind: "attrs"; entries: { name: string; value: Value }[]; more: number }
  | { kind: "derivation"; name: string }
  | { kind: "function"; arguments: string[] }
  | { kind: "special"; what: string }
  | { kind: "property"; property: string; number: number | null; holds: boolean | null; contents: Value[] }
  | { kind: "elided"; entries: number };

/** A place as Nix names it: lines and columns (in bytes) from 1, the file relative to the folder or absolute. */
export interface Place {
  file: string;
  line: number | null;
  column: number | null;
}

export type OutcomeWord = "wins" | "merged" | "conflicts" | "shadowed" | "inactive" | "dropped" | "undecided";

/** What became of a definition, flat in it. */
export interface Outcome {
  outcome: OutcomeWord;
  /** shadowed: the indices of those that were stronger. */
  by?: number[];
  /** inactive: the index of the condition that is false. */
  condition?: number;
  /** dropped: the outer option, and the priority that the larger definition had there. */
  parent?: string;
  parent_priority?: number | null;
}

export interface Definition extends Outcome {
  at: Place;
  module: string;
  priority: number | null;
  order: number | null;
  conditions: { text: string | null; holds: boolean | null }[];
  value: Value | null;
  source: string | null;
  imports: string[];
  via: string | null;
  declared_default: boolean;
  certain: boolean;
  /** Where it stands, where there is such a file. */
  location: Location | null;
  /** The files whose imports brought its module in, from outside in. */
  imported_by: string[];
  /** Whether it lost, and so is struck out. */
  struck: boolean;
  /** Why it does not decide, in a sentence. */
  why_not: string | null;
}

export interface NixMessage {
  text: string;
  at: Place | null;
}

export type FinalValue =
  | { state: "known" | "merged"; value: Value }
  | { state: "undefined" | "unknown" }
  | { state: "failed"; message: NixMessage };

export type Knowledge =
  | { how: "evaluated" | "stale" }
  | { how: "syntax"; because: NixMessage | null }
  | { how: "failed"; message: NixMessage };

export interface Cascade {
  path: string;
  target: string;
  known: Knowledge;
  option_type: string | null;
  value: FinalValue;
  before_apply: Value | null;
  contradiction: boolean;
  declaration: { at: Place[]; description: string | null } | null;
  declared: boolean;
  definitions: Definition[];
  notes: string[];
  /** Who decides and why, in sentences. */
  conclusion: string[];
  /** Where the option is declared. */
  declared_at: Location[];
}

export interface Matrix {
  target: string;
  known: Knowledge;
  modules: string[];
  rows: MatrixRow[];
  notes: string[];
}

export interface MatrixRow {
  path: string;
  value: Value | null;
  contradiction: boolean;
  error: NixMessage | null;
  cells: MatrixCell[];
}

export interface MatrixCell extends Outcome {
  /** The index of its module. */
  module: number;
  priority: number | null;
  at: Place;
}

export interface Targets {
  targets: { name: string }[];
  active: string | null;
}

export interface CascadeParams {
  textDocument: TextDocumentIdentifier;
  position?: Position;
  option?: string;
}

/** A folder, by any document or folder in it; the first one where none is named. */
export interface FolderParams {
  uri?: string;
}

/** What is to be fixed: what stands at a place, or an option in a document. */
export interface FixesParams {
  textDocument: TextDocumentIdentifier;
  position?: Position;
  option?: string;
}

/** A fix that is offered. */
export interface FixEntry {
  id: string;
  title: string;
  kind: string;
  preferred: boolean;
  /** Whether it does what it says and nothing else; null where it was not tried with these texts. */
  proved: boolean | null;
  verdict: string | null;
  /** Why it cannot be taken now. */
  disabled: string | null;
}

/** What came of trying a fix. */
export interface FixAnswer {
  title: string;
  /** Whether it does what it says and nothing else. */
  proved: boolean;
  /** What came of it, in a line. */
  verdict: string;
  values: { target: string; option: string; before: FinalValue; after: FinalValue; meant: boolean }[];
  /** Which targets could not be compared, and why. */
  failures: string[];
  /** What should be known about it. */
  remarks: string[];
  /** The definitions that stay where they are, and why. */
  left: string[];
  /** The files that Git has to be told of. */
  toAdd: string[];
  edit: WorkspaceEdit;
}

/** A notification of the server: a status. */
export const status = "mkwhy/status";
/** A notification for the server: `{ trusted }`. */
export const setTrust = "mkwhy/setTrust";
export const cascade = request<CascadeParams, Cascade | null>("mkwhy/cascade");
export const duplicates = request<FolderParams, Matrix | null>("mkwhy/duplicates");
export const targets = request<FolderParams, Targets>("mkwhy/targets");
export const setTarget = request<FolderParams & { target: string }, null>("mkwhy/setTarget");
/** Whether an evaluation begins, and why not. */
export interface EvaluateAnswer {
  started: boolean;
  refused: "untrusted" | "no-configuration" | null;
  /** The same in a sentence. */
  message: string | null;
}
export const evaluate = request<FolderParams, EvaluateAnswer>("mkwhy/evaluate");
export const fixes = request<FixesParams, FixEntry[]>("mkwhy/fixes");
export const proof = request<{ id: string }, FixAnswer>("mkwhy/proof");

export type { Location, Position, Range };

/** One definition in a document. */
export interface Item {
  /** The whole binding. */
  range: Range;
  /** The attribute path in it. */
  name: Range;
  option: string;
  outcome: OutcomeWord;
  /** Whether nothing else defines the option, its default aside. */
  alone: boolean;
  priority: number | null;
  hint: string;
}

/** An option that the person's own modules define. */
export interface OptionEntry {
  path: string;
  /** The parts of the path, from outside in. */
  segments: string[];
  /** Its final value, shortened. */
  value: string | null;
  contradiction: boolean;
  /** How many definitions lost. */
  lost: number;
}

/** A module of a folder. */
export interface ModuleEntry {
  uri: string;
  /** Its path in the folder. */
  file: string;
  /** The numbers, in the answer, of the modules that it imports. */
  imports: number[];
  /** How many of its definitions became what; empty where nothing was evaluated. */
  outcomes: Partial<Record<OutcomeWord, number>>;
}

export const items = request<{ textDocument: TextDocumentIdentifier }, Item[] | null>("mkwhy/items");
export const options = request<FolderParams, OptionEntry[] | null>("mkwhy/options");
export const modules = request<FolderParams, ModuleEntry[] | null>("mkwhy/modules");
