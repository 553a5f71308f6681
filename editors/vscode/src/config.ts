// The person's settings, as package.json declares them.
import { type ConfigurationScope, workspace } from "vscode";

/** What the server is told; the names are those of crates/server/src/settings.rs. */
export interface ServerSettings {
  nix: string | null;
  evaluate: "save" | "pause" | "command";
  pause: number;
  timeout: number | null;
  memory: number | null;
  offline: boolean | null;
  target: string | null;
  hints: { wins: boolean; merged: boolean; lost: boolean; inactive: boolean; undecided: boolean };
  overrideInputs: Record<string, string>;
}

/** What the editor does by itself. */
export interface DecorationSettings {
  strikeLosers: boolean;
  gutter: boolean;
  overviewRuler: boolean;
}

function get<T>(key: string, otherwise: T, scope?: ConfigurationScope): T {
  return workspace.getConfiguration("mkwhy", scope).get<T>(key) ?? otherwise;
}

export function serverSettings(): ServerSettings {
  return {
    nix: nonEmpty(get<string | null>("nix", null)),
    evaluate: get<ServerSettings["evaluate"]>("evaluate", "save"),
    pause: get("pause", 2000),
    timeout: get<number | null>("timeout", null),
    memory: get<number | null>("memory", null),
    offline: get<boolean | null>("offline", null),
    target: nonEmpty(get<string | null>("target", null)),
    hints: {
      wins: get("hints.wins", true),
      merged: get("hints.merged", true),
      lost: get("hints.lost", true),
      inactive: get("hints.inactive", true),
      undecided: get("hints.undecided", true),
    },
    overrideInputs: get<Record<string, string>>("overrideInputs", {}),
  };
}

export function decorationSettings(): DecorationSettings {
  return {
    strikeLosers: get("decorations.strikeLosers", true),
    gutter: get("decorations.gutter", true),
    overviewRuler: get("decorations.overviewRuler", true),
  };
}

/** The program that the person named. */
export function serverPath(): string | null {
  return nonEmpty(get<string | null>("server.path", null));
}

function nonEmpty(text: string | null): string | null {
  return text !== null && text.trim() !== "" ? text : null;
}
