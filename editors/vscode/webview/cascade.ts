// The page of the cascade view.
import type { ShownFix, ToView } from "../src/cascade/messages";
import type { Link, ShownCascade, ShownDefinition } from "../src/cascade/model";
import { MARKS, announce, content, h, hidden, post } from "./dom";
import { showReview } from "./review";

/** The fix that is looked at, and below it the cascade. */
const review = h("section", { id: "review", "aria-label": "Fix" });
const body = h("div", { id: "cascade" });
content().replaceChildren(review, body);

/** What is shown now; the same is not shown again, so that the focus and what is folded out stay. */
let before = "";

window.addEventListener("message", ({ data }: MessageEvent<ToView>) => {
  switch (data.type) {
    case "nothing":
      before = "";
      body.replaceChildren(h("p", { class: "nothing" }, data.why), ...(data.pinned === true ? [follow()] : []));
      announce(data.why);
      break;
    case "cascade":
      show(data.cascade, data.pinned);
      break;
    case "fixes":
      showFixes(data.fixes);
      break;
    case "review":
      showReview(review, data.review, place);
      break;
  }
});
post({ type: "ready" });

function follow(): HTMLElement {
  return h("button", { class: "quiet", click: () => post({ type: "follow" }) }, "Follow the cursor again");
}

function show(cascade: ShownCascade, pinned: boolean): void {
  const now = JSON.stringify([cascade, pinned]);
  if (now === before) return;
  before = now;
  const focused = document.activeElement?.id;
  body.replaceChildren(
    h(
      "header",
      {},
      h("h1", { title: cascade.path }, ...breakable(cascade.path)),
      h("p", { class: "about" }, ...about(cascade)),
    ),
    ...(pinned ? [follow()] : []),
    ...(cascade.known === undefined ? [] : [h("p", { class: "known", role: "note" }, cascade.known)]),
    value(cascade),
    h("h2", { id: "definitions" }, "Definitions, the strongest first"),
    h("ol", { class: "definitions", "aria-labelledby": "definitions" }, ...cascade.definitions.map(definition)),
    h("section", { id: "fixes", "aria-label": "Fixes" }),
    ...declaration(cascade),
    ...cascade.notes.map((note) => h("p", { class: "note" }, note)),
  );
  if (focused !== undefined && focused !== "") document.getElementById(focused)?.focus();
  announce(cascade.summary);
}

/** A path may be broken after its dots. */
function breakable(path: string): (Node | string)[] {
  return path.split(/(?<=\.)/).flatMap((part) => [part, h("wbr")]);
}

function about(cascade: ShownCascade): (Node | string)[] {
  return [cascade.type === undefined ? "" : `${cascade.type} · `, "in ", h("span", { class: "target" }, cascade.target)];
}

function value(cascade: ShownCascade): HTMLElement {
  const state = cascade.contradiction ? "conflicts" : cascade.valueIsMessage ? "message" : "known-value";
  return h(
    "section",
    { class: `final ${state}`, "aria-label": "Final value" },
    h("h2", {}, cascade.contradiction ? "No value: a contradiction" : "Final value"),
    h("pre", { tabindex: "0" }, cascade.value),
    cascade.conclusion !== "" && h("p", { class: "conclusion" }, ...breakable(cascade.conclusion)),
    cascade.beforeApply !== undefined && h("p", {}, "before ", h("code", {}, "apply"), ": ", h("code", {}, cascade.beforeApply)),
  );
}

function definition(shown: ShownDefinition, index: number): HTMLElement {
  const kind = shown.isDefault ? "the option's default" : shown.outcome;
  const text = h(shown.lost ? "s" : "span", { class: "value" }, shown.value);
  return h(
    "li",
    { class: `definition ${shown.outcome}${shown.isDefault ? " default" : ""}`, "data-outcome": shown.outcome },
    h(
      "div",
      { class: "line" },
      h("span", { class: "mark", "aria-hidden": "true" }, MARKS[shown.outcome] ?? ""),
      h("span", { class: "outcome" }, shown.isDefault && shown.lost ? "default" : kind),
      shown.priority !== undefined && h("span", { class: "priority" }, shown.priority),
      shown.order !== undefined && h("span", { class: "order" }, shown.order),
    ),
    h("code", { class: "said" }, text, shown.lost && hidden(" (lost)")),
    shown.source !== undefined && h("p", { class: "source" }, "= ", h("code", {}, shown.source)),
    place(shown.at, `definition-${index}`),
    ...shown.conditions.map(({ text: condition, holds }) =>
      h(
        "p",
        { class: `condition ${String(holds)}` },
        "if ",
        h("code", {}, condition),
        holds === null ? ": not known" : holds ? ": true" : ": false",
      ),
    ),
    shown.via !== undefined && h("p", {}, "written as ", h("code", {}, shown.via)),
    shown.imports.length > 0 && imports(shown),
    shown.whyNot !== undefined &&
      h("details", { class: "why" }, h("summary", {}, "Why not this one?"), h("p", {}, shown.whyNot)),
  );
}

function imports(shown: ShownDefinition): HTMLElement {
  const chain = shown.imports.flatMap((file, index) => [
    ...(index > 0 ? [h("span", { "aria-hidden": "true" }, " › ")] : []),
    place(file),
  ]);
  return h("p", { class: "imports" }, "imported by ", ...chain);
}

function place(link: Link, id?: string): HTMLElement {
  const go = () => post({ type: "open", target: link.target });
  return h("button", { class: "place", id, title: `Go to ${link.target.file}`, click: go }, ...breakablePath(link.label));
}

function breakablePath(label: string): (Node | string)[] {
  return label.split(/(?<=\/)/).flatMap((part) => [part, h("wbr")]);
}

function declaration(cascade: ShownCascade): HTMLElement[] {
  if (cascade.declared.length === 0 && cascade.description === undefined) return [];
  return [
    h(
      "details",
      { class: "declaration" },
      h("summary", {}, "Declaration"),
      cascade.description !== undefined && h("p", { class: "description" }, cascade.description),
      ...cascade.declared.map((link) => place(link)),
    ),
  ];
}

function showFixes(fixes: ShownFix[]): void {
  const section = document.getElementById("fixes");
  if (section === null) return;
  const focused = document.activeElement?.id;
  section.replaceChildren(...(fixes.length === 0 ? [] : [h("h2", {}, "Fixes"), h("ul", {}, ...fixes.map(fixButton))]));
  if (focused?.startsWith("fix-") === true) document.getElementById(focused)?.focus();
}

function fixButton({ id, title, kind, preferred, verdict, disabled }: ShownFix): HTMLElement {
  const said = disabled ?? verdict;
  return h(
    "li",
    {},
    h(
      "button",
      {
        class: preferred ? "fix preferred" : "fix",
        id: `fix-${id}`,
        disabled: disabled !== undefined,
        click: () => post({ type: "fix", fix: { id, title, kind } }),
      },
      ...breakable(title),
    ),
    said !== undefined && h("p", { class: "verdict" }, said),
  );
}
