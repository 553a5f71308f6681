// What the cascade view shows, from what the server says: plain data and text, without the editor.
import type { Cascade, Definition, Location, OutcomeWord, Place } from "../lspExtensions";
import { type Target, targetAt, targetOf } from "../targets";
import { valueText } from "../values";
import { orderText, priorityText } from "../words";

export interface Link {
  label: string;
  target: Target;
}

export interface ShownDefinition {
  outcome: OutcomeWord;
  /** Whether it did not get its way: it is struck through. */
  lost: boolean;
  /** The `default` of the option's declaration. */
  isDefault: boolean;
  value: string;
  /** The text of the value, where that says something else. */
  source: string | undefined;
  priority: string | undefined;
  order: string | undefined;
  at: Link;
  conditions: { text: string; holds: boolean | null }[];
  /** From the configuration inwards, the module itself last; nothing where it is not imported by anyone known. */
  imports: Link[];
  via: string | undefined;
  /** Why it does not decide. */
  whyNot: string | undefined;
}

export interface ShownCascade {
  path: string;
  target: string;
  /** How it is known, where Nix did not evaluate just this. */
  known: string | undefined;
  type: string | undefined;
  value: string;
  /** Whether there is no value but a reason why. */
  valueIsMessage: boolean;
  /** Who decides and why, in sentences. */
  conclusion: string;
  beforeApply: string | undefined;
  contradiction: boolean;
  description: string | undefined;
  declared: Link[];
  definitions: ShownDefinition[];
  notes: string[];
  /** For screen readers: the whole in a sentence. */
  summary: string;
}

/** `because` says why nothing is evaluated, where that is so. */
export function shown(root: string, cascade: Cascade, because?: string): ShownCascade {
  const definitions = strongestFirst(cascade).map((definition) => shownDefinition(root, definition));
  const [value, valueIsMessage] = finalValue(cascade);
  const conclusion = cascade.conclusion.join(" ");
  const spoken = cascade.contradiction ? "Nix refuses it: a contradiction." : conclusion;
  return {
    path: cascade.path,
    target: cascade.target,
    known: knowledge(cascade, because),
    type: cascade.option_type ?? undefined,
    value,
    valueIsMessage,
    conclusion,
    beforeApply: cascade.before_apply === null ? undefined : valueText(cascade.before_apply),
    contradiction: cascade.contradiction,
    description: cascade.declaration?.description?.trim() ?? undefined,
    declared: declarations(root, cascade),
    definitions,
    notes: cascade.notes,
    summary: `${cascade.path}: ${[spoken, valueIsMessage ? value : ""].filter(Boolean).join(" ")}`,
  };
}

/** Those that decide in merge order, then those that lost by priority, then those that are off. */
function strongestFirst({ definitions }: Cascade): Definition[] {
  const ranks: Record<OutcomeWord, number> = {
    wins: 0,
    merged: 0,
    conflicts: 0,
    undecided: 1,
    shadowed: 2,
    dropped: 3,
    inactive: 4,
  };
  const strength = ({ outcome, priority }: Definition) => (ranks[outcome] === 0 ? 0 : (priority ?? Number.MAX_SAFE_INTEGER));
  return [...definitions].sort((a, b) => ranks[a.outcome] - ranks[b.outcome] || strength(a) - strength(b));
}

function shownDefinition(root: string, definition: Definition): ShownDefinition {
  const value = definition.value === null ? undefined : valueText(definition.value);
  const source = definition.source ?? undefined;
  return {
    outcome: definition.outcome,
    lost: definition.struck,
    isDefault: definition.declared_default,
    value: value ?? source ?? "…",
    source: value !== undefined && source !== undefined && plain(source) !== plain(value) ? source : undefined,
    priority: definition.priority === null ? undefined : priorityText(definition.priority),
    order: orderText(definition.order),
    at: link(root, definition.at, definition.location),
    conditions: definition.conditions.map(({ text, holds }) => ({ text: text ?? "a condition", holds })),
    imports: definition.imports.length === 0 ? [] : definition.imports.map((file) => link(root, ofFile(file))),
    via: definition.via ?? undefined,
    whyNot: definition.why_not ?? undefined,
  };
}

function finalValue(cascade: Cascade): [string, boolean] {
  switch (cascade.value.state) {
    case "known":
    case "merged":
      return [valueText(cascade.value.value), false];
    case "undefined":
      return ["Nothing defines it, and it has no default.", true];
    case "failed":
      return [cascade.value.message.text, true];
    case "unknown":
      return cascade.known.how === "stale"
        ? ["Not known until Nix evaluates what stands there now.", true]
        : ["Not known: it was not evaluated.", true];
  }
}

function knowledge({ known }: Cascade, why: string | undefined): string | undefined {
  switch (known.how) {
    case "evaluated":
      return undefined;
    case "stale":
      return "Edited since the last evaluation: priorities are those of now, conditions those of then.";
    case "syntax":
      if (known.because !== null) return `From the text alone: ${known.because.text}`;
      return why === undefined ? "From the text alone." : `From the text alone: ${why}.`;
    case "failed":
      return `It could not be evaluated: ${known.message.text}`;
  }
}

/** Where the option is declared; only what there is has been found. */
function declarations(root: string, { declaration, declared_at: found }: Cascade): Link[] {
  const places = declaration?.at ?? [];
  return places.map((at, index) => link(root, at, found.length === places.length ? found[index] : undefined));
}

/** A place, with where the server has found it where it has. */
export function link(root: string, at: Place, found?: Location | null): Link {
  return { label: place(at), target: found == null ? targetOf(root, at) : targetAt(found) };
}

function ofFile(file: string): Place {
  return { file, line: null, column: null };
}

/** `modules/x.nix:12`; of a file in the Nix store, the part after the store path. */
export function place(at: Place): string {
  const file = at.file.replace(/^.*\/store\/[0-9a-z]{32}-([^/]+)\//, "<$1>/");
  return at.line === null ? file : `${file}:${at.line}`;
}

function plain(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
