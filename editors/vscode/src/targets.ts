// Places as messages to webviews and arguments of commands carry them.
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Location, Place } from "./lspExtensions";

/** A place in a file: the line from 1, and in it a column (in bytes) from 1, or a character (in UTF-16 units) from 0. */
export interface Target {
  /** Absolute. */
  file: string;
  line: number | null;
  column: number | null;
  character?: number;
}

/** The place, with its file absolute. */
export function targetOf(root: string, at: Place): Target {
  return { file: isAbsolute(at.file) ? at.file : join(root, at.file), line: at.line, column: at.column };
}

/** The place as the server has found it in the text that there is now. */
export function targetAt({ uri, range: { start } }: Location): Target {
  return { file: fileURLToPath(uri), line: start.line + 1, column: null, character: start.character };
}

/** Whether something that came from a webview is a place. */
export function isTarget(value: unknown): value is Target {
  if (typeof value !== "object" || value === null) return false;
  const { file, line, column, character = null } = value as Record<string, unknown>;
  const number = (it: unknown) => it === null || (typeof it === "number" && Number.isInteger(it));
  return typeof file === "string" && isAbsolute(file) && number(line) && number(column) && number(character);
}

/** How many UTF-16 units the first `bytes` bytes of a line are. */
export function charactersOf(line: string, bytes: number): number {
  return Buffer.from(line, "utf8").subarray(0, Math.max(bytes, 0)).toString("utf8").length;
}
