// Making elements. Text is always text: nothing that the server says is read as HTML.

type Child = Node | string | undefined | false;
type Properties = Record<string, string | boolean | undefined | ((event: Event) => void)>;

/** An element; properties that are functions are listeners, others attributes. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return element;
}

/** Text for screen readers alone. */
export function hidden(text: string): HTMLElement {
  return h("span", { class: "visually-hidden" }, text);
}

export function content(): HTMLElement {
  return document.getElementById("content") ?? document.body;
}

/** Says something to screen readers. */
export function announce(text: string): void {
  const element = document.getElementById("announcement");
  if (element !== null && element.textContent !== text) element.textContent = text;
}

interface Host {
  postMessage(message: unknown): void;
}
declare function acquireVsCodeApi(): Host;

let host: Host | undefined;

export function post(message: unknown): void {
  host ??= acquireVsCodeApi();
  host.postMessage(message);
}

/** The mark of an outcome, with its name. */
export const MARKS: Record<string, string> = {
  wins: "✓",
  merged: "✓",
  conflicts: "⚡",
  shadowed: "✗",
  dropped: "✗",
  inactive: "○",
  undecided: "?",
};
