// What the extension and the page of the cascade view say to each other.
import type { Target } from "../targets";
import type { ShownCascade } from "./model";

export interface ShownFix {
  id: string;
  title: string;
  preferred: boolean;
  /** Why it cannot be done. */
  disabled: string | undefined;
}

export type ToView =
  | { type: "nothing"; why: string; pinned?: boolean }
  | { type: "cascade"; cascade: ShownCascade; pinned: boolean }
  | { type: "fixes"; fixes: ShownFix[] }
  | { type: "proof"; id: string; state: "proving" | "done" | "failed"; text: string };

export type FromView =
  | { type: "ready" }
  | { type: "open"; target: Target }
  | { type: "fix"; id: string }
  | { type: "follow" };
