// Places as messages to webviews and arguments of commands carry them.
import { isAbsolute, join } from "node:path";
import type { Place } from "./lspExtensions";

/** A place in a file: lines and columns (in bytes) from 1. */
export interface Target {
  /** Absolute. */
  file: string;
  line: number | null;
  column: number | null;
}

/** The place, with its file absolute. */
export function targetOf(root: string, at: Place): Target {
  return { file: isAbsolute(at.file) ? at.file : join(root, at.file), line: at.line, column: at.column };
}

/** Whether something that came from a webview is a place. */
export function isTarget(value: unknown): value is Target {
  if (typeof value !== "object" || value === null) return false;
  const { file, line, column } = value as Record<string, unknown>;
  const number = (it: unknown) => it === null || (typeof it === "number" && Number.isInteger(it));
  return typeof file === "string" && isAbsolute(file) && number(line) && number(column);
}

/** How many UTF-16 units the first `bytes` bytes of a line are. */
export function charactersOf(line: string, bytes: number): number {
  return Buffer.from(line, "utf8").subarray(0, Math.max(bytes, 0)).toString("utf8").length;
}
