// The fix that is looked at: what it does, what came of trying it, and what can be done with it.
import type { Link } from "../src/cascade/model";
import type { Review, ShownChange } from "../src/fixes/model";
import { announce, h, post } from "./dom";

type Place = (link: Link) => HTMLElement;

export function showReview(section: HTMLElement, review: Review | undefined, place: Place): void {
  const had = section.contains(document.activeElement);
  section.replaceChildren(...(review === undefined ? [] : card(review, place)));
  section.className = review === undefined ? "" : `${review.state} ${review.proved ? "proved" : "unproved"}`;
  if (review === undefined) return;
  announce(`${review.title}: ${spoken(review)}`);
  section.scrollIntoView({ block: "start" });
  // Whoever came here by the keyboard goes on from here; nobody is taken away from elsewhere in the page.
  if (document.hasFocus() && (had || document.activeElement === document.body)) focusFirst(section);
}

/** The view got the focus, and nothing in it has. */
window.addEventListener("focus", () => {
  const section = document.getElementById("review");
  if (section !== null && document.activeElement === document.body) focusFirst(section);
});

function focusFirst(section: HTMLElement): void {
  section.querySelector<HTMLButtonElement>(".choices button:not(:disabled)")?.focus({ preventScroll: true });
}

function spoken({ state, said }: Review): string {
  return state === "applied" ? "applied." : said;
}

function card(review: Review, place: Place): HTMLElement[] {
  const { state, said, changes, files, notes } = review;
  const words = [
    h("h2", {}, HEADINGS[state]),
    h("h1", { class: "fix-title" }, ...review.title.split(/(?<=[./])/).flatMap((part) => [part, h("wbr")])),
    h("p", { class: "verdict", "aria-busy": state === "proving" ? "true" : undefined }, said),
    choices(review),
  ];
  if (changes.length > 0) {
    words.push(h("h3", {}, changes.length === 1 ? "The value that changes" : "Values that change"));
    words.push(h("ul", { class: "changes" }, ...changes.map(change)));
  }
  if (notes.length > 0) {
    words.push(h("h3", {}, "To be known"), h("ul", { class: "notes" }, ...notes.map((note) => h("li", {}, note))));
  }
  if (files.length > 0) {
    words.push(h("h3", {}, files.length === 1 ? "The file that it edits" : `The ${files.length} files that it edits`));
    words.push(h("ul", { class: "files" }, ...files.map((file) => h("li", {}, place(file)))));
  }
  return words;
}

const HEADINGS: Record<Review["state"], string> = {
  proving: "Fix, being tried",
  tried: "Fix, not applied yet",
  applying: "Fix, being applied",
  applied: "Fix, applied",
  failed: "Fix, not applied",
};

function choices({ state, proved }: Review): HTMLElement {
  const button = (choice: "apply" | "compare" | "undo" | "dismiss", title: string, kind: string, disabled = false) =>
    h("button", { class: kind, disabled, click: () => post({ type: "review", choice }) }, title);
  const dismiss = button("dismiss", state === "proving" ? "Cancel" : "Dismiss", "fix");
  const busy = state === "applying";
  switch (state) {
    case "tried":
    case "applying":
      return h(
        "p",
        { class: "choices" },
        button("apply", proved ? "Apply" : "Apply unproved", proved ? "fix preferred" : "fix", busy),
        button("compare", "Show the difference", "fix", busy),
        dismiss,
      );
    case "applied":
      return h("p", { class: "choices" }, button("undo", "Undo", "fix"), dismiss);
    default:
      return h("p", { class: "choices" }, dismiss);
  }
}

function change({ option, targets, before, after, meant }: ShownChange): HTMLElement {
  return h(
    "li",
    { class: meant ? "meant" : "not-meant" },
    h("p", {}, h("code", {}, option), ` on ${targets.join(", ")}`, meant ? ", as is meant" : ", which is not meant"),
    h("div", { class: "values" }, h("span", {}, "before"), h("pre", { tabindex: "0" }, before), h("span", {}, "after"), h("pre", { tabindex: "0" }, after)),
  );
}
