// What is said of states and outcomes: plain functions, without the editor.
import type { OutcomeWord, Status } from "./lspExtensions";

export interface Known {
  running: boolean;
  trusted: boolean;
  status: Status | undefined;
  last: { at: Date; milliseconds: number | null } | undefined;
}

export interface Said {
  text: string;
  tooltip: string;
  /** For screen readers. */
  spoken: string;
  command: string;
  colour: "warning" | "error" | undefined;
}

/** The name of a target without the set that it is in. */
export function shortTarget(target: string): string {
  return /^(?:nixos|darwin|home)Configurations\.(.+)$/.exec(target)?.[1] ?? target;
}

/** 850 ms, 1.2 s, 2 min 5 s. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** The text of the status bar. */
export function describe({ running, trusted, status, last }: Known): Said {
  if (!running) {
    const why = "The server is not running.";
    return {
      text: "$(circle-slash) mkwhy",
      tooltip: `${why}\n\n[Restart it](command:mkwhy.restartServer) · [Show the log](command:mkwhy.showLog)`,
      spoken: `mkwhy: ${why}`,
      command: "mkwhy.restartServer",
      colour: "warning",
    };
  }
  if (status === undefined) {
    const why = "No configuration was found in the open folders.";
    return {
      text: "$(question) mkwhy",
      tooltip: `${why}\n\n[Show the log](command:mkwhy.showLog)`,
      spoken: `mkwhy: ${why}`,
      command: "mkwhy.showLog",
      colour: undefined,
    };
  }
  const target = status.target === null ? "no target" : shortTarget(status.target);
  const took = last?.milliseconds != null ? ` in ${duration(last.milliseconds)}` : "";
  const when = last === undefined ? "" : `Last evaluated at ${last.at.toLocaleTimeString()}${took}.`;
  const links =
    "[Evaluate now](command:mkwhy.evaluateNow) · [Switch target](command:mkwhy.switchTarget) · [Show the log](command:mkwhy.showLog)";
  const said = (icon: string, what: string, after: string, colour?: "warning" | "error"): Said => ({
    text: `$(${icon}) ${target}${after}`,
    tooltip: [`**${status.target ?? "no target"}**`, what, when, links].filter((part) => part !== "").join("\n\n"),
    spoken: `mkwhy: target ${target}. ${what} ${when}`.trim(),
    command: "mkwhy.switchTarget",
    colour,
  });
  if (!trusted) {
    const what = "This folder is not trusted, so nothing is evaluated: answers come from the text alone.";
    return { ...said("shield", what, ": not trusted", "warning"), command: "workbench.trust.manage" };
  }
  switch (status.state) {
    case "evaluating":
      return said("sync~spin", "Nix evaluates it now.", "");
    case "evaluated":
      return said(
        "check",
        "Nix evaluated what there is.",
        last?.milliseconds == null ? "" : ` ${duration(last.milliseconds)}`,
      );
    case "stale":
      return said("edit", "Edited since the last evaluation: edits are answered from the text. Save to evaluate.", "");
    case "syntax":
      return said("file-text", `From the text alone: ${status.message ?? "it was not evaluated"}.`, ": text only");
    case "failed":
      return said("error", `Nix failed: ${status.message ?? "no reason was given"}`, ": failed", "error");
  }
}

const FUNCTIONS: Record<number, string> = {
  10: "mkVMOverride",
  50: "mkForce",
  60: "mkImageMediaOverride",
  1000: "mkDefault",
  1500: "mkOptionDefault",
};

/** `mkForce 50`, `plain 100`. */
export function priorityText(priority: number): string {
  if (priority === 100) return "plain 100";
  return `${FUNCTIONS[priority] ?? "mkOverride"} ${priority}`;
}

/** `mkBefore`; nothing for a definition without order. */
export function orderText(order: number | null): string | undefined {
  if (order === null || order === 1000) return undefined;
  return order === 500 ? "mkBefore" : order === 1500 ? "mkAfter" : `mkOrder ${order}`;
}

export function outcomeText(outcome: OutcomeWord): string {
  return outcome;
}

/** Whether a definition did not get its way. */
export function isLost({ outcome }: { outcome: OutcomeWord }): boolean {
  return outcome === "shadowed" || outcome === "dropped";
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
