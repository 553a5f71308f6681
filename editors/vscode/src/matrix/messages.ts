// What the extension and the page of the table say to each other.
import type { Target } from "../targets";
import type { ShownMatrix } from "./model";

export type ToMatrix = { type: "nothing"; why: string } | { type: "matrix"; matrix: ShownMatrix };

export type FromMatrix = { type: "ready" } | { type: "open"; target: Target } | { type: "why"; option: string };
