// The page of the table of settings by modules.
import type { ToMatrix } from "../src/matrix/messages";
import type { ShownCell, ShownMatrix, ShownRow } from "../src/matrix/model";
import { MARKS, announce, content, h, hidden, post } from "./dom";

let matrix: ShownMatrix | undefined;
/** What the person is looking for. */
let wanted = "";
/** Whether definitions whose condition is false are left out. */
let activeOnly = false;

window.addEventListener("message", ({ data }: MessageEvent<ToMatrix>) => {
  if (data.type === "nothing") {
    matrix = undefined;
    content().replaceChildren(h("p", { class: "nothing" }, data.why));
    announce(data.why);
  } else {
    matrix = data.matrix;
    frame(data.matrix);
  }
});
post({ type: "ready" });

function frame(shown: ShownMatrix): void {
  const field = h("input", {
    id: "filter",
    type: "search",
    placeholder: "Filter settings and modules",
    "aria-label": "Filter settings and modules",
    input: ({ target }) => {
      wanted = (target as HTMLInputElement).value;
      if (matrix !== undefined) fill(matrix);
    },
  });
  field.value = wanted;
  const box = h("input", {
    id: "active",
    type: "checkbox",
    change: ({ target }) => {
      activeOnly = (target as HTMLInputElement).checked;
      if (matrix !== undefined) fill(matrix);
    },
  });
  box.checked = activeOnly;
  const had = document.activeElement?.id === "filter";
  content().replaceChildren(
    h("header", {}, h("h1", {}, "Settings by modules"), h("p", { class: "about" }, "in ", h("span", { class: "target" }, shown.target)), field, h("label", { for: "active" }, box, "Without what is inactive")),
    h("div", { id: "table", tabindex: "0", role: "region", "aria-label": "Settings by modules" }),
    legend(),
    ...shown.notes.map((note) => h("p", { class: "note" }, note)),
  );
  if (had) field.focus();
  fill(shown);
}

/** The table without what the person does not want to see. */
function reduced(all: ShownMatrix): ShownMatrix {
  if (!activeOnly) return all;
  const rows = all.rows.map((row) => ({
    ...row,
    cells: row.cells.map((cells) => cells.filter(({ outcome }) => outcome !== "inactive")),
  }));
  return { ...all, rows: rows.filter(({ cells }) => cells.some((some) => some.length > 0)) };
}

function fill(all: ShownMatrix): void {
  const shown = reduced(all);
  const words = wanted.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const fits = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const byModule = shown.modules.map(({ label }) => words.length > 0 && fits(label));
  const rows = shown.rows.filter((row) => fits(row.path) || row.cells.some((cells, index) => byModule[index] === true && cells.length > 0));
  // Columns without a definition in what is left say nothing.
  const columns = shown.modules.map((_, index) => index).filter((index) => rows.some((row) => (row.cells[index] ?? []).length > 0));
  const head = h(
    "tr",
    {},
    h("th", { scope: "col", class: "corner" }, "Setting"),
    h("th", { scope: "col", class: "corner-value" }, "Value"),
    ...columns.map((index) => moduleHead(shown, index)),
  );
  const region = document.getElementById("table");
  region?.replaceChildren(
    rows.length === 0
      ? h("p", { class: "nothing" }, shown.rows.length === 0 ? "No setting is defined more than once." : "Nothing fits the filter.")
      : h("table", {}, h("caption", {}, caption(rows.length, columns.length)), h("thead", {}, head), h("tbody", {}, ...rows.map((row) => line(row, columns)))),
  );
  announce(caption(rows.length, columns.length));
}

function caption(rows: number, columns: number): string {
  return `${rows} ${rows === 1 ? "setting" : "settings"} that more than one definition sets, in ${columns} ${columns === 1 ? "module" : "modules"}`;
}

function moduleHead(shown: ShownMatrix, index: number): HTMLElement {
  const link = shown.modules[index];
  if (link === undefined) return h("th");
  const go = () => post({ type: "open", target: link.target });
  const short = link.label.split("/").slice(-2).join("/");
  return h("th", { scope: "col", class: "module" }, h("button", { class: "place", title: link.label, click: go }, short));
}

function line(row: ShownRow, columns: number[]): HTMLElement {
  const ask = () => post({ type: "why", option: row.path });
  return h(
    "tr",
    { class: row.contradiction ? "contradiction" : "" },
    h("th", { scope: "row" }, h("button", { class: "place", title: `Who decides ${row.path}?`, click: ask }, row.path)),
    h("td", { class: "value", title: row.value }, row.contradiction ? "contradiction" : row.value.replace(/\s+/g, " ")),
    ...columns.map((index) => h("td", {}, ...(row.cells[index] ?? []).map(cell))),
  );
}

function cell(shown: ShownCell): HTMLElement {
  const go = () => post({ type: "open", target: shown.at.target });
  const text = shown.priority.replace(/ \d+$/, "") || shown.outcome;
  return h(
    "button",
    { class: `cell ${shown.outcome}`, title: `${shown.outcome}: ${shown.priority} at ${shown.at.label}`, click: go },
    h("span", { class: "mark", "aria-hidden": "true" }, MARKS[shown.outcome] ?? ""),
    h(shown.lost ? "s" : "span", {}, text),
    hidden(` ${shown.outcome}`),
  );
}

function legend(): HTMLElement {
  const items = ["wins", "merged", "conflicts", "shadowed", "dropped", "inactive", "undecided"].map((outcome) =>
    h("li", { class: outcome }, h("span", { class: "mark", "aria-hidden": "true" }, MARKS[outcome] ?? ""), outcome),
  );
  return h("ul", { class: "legend", "aria-label": "What the marks mean" }, ...items);
}
