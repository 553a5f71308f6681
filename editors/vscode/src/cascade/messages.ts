// What the cascade view and its page say to each other.
import type { Review } from "../fixes/model";
import type { Target } from "../targets";
import type { ShownCascade } from "./model";

export interface ShownFix {
  id: string;
  title: string;
  kind: string;
  preferred: boolean;
  /** What came of trying it; nothing where it was not tried with these texts. */
  verdict: string | undefined;
  /** Why it cannot be done. */
  disabled: string | undefined;
}

export type ToView =
  | { type: "nothing"; why: string; pinned?: boolean }
  | { type: "cascade"; cascade: ShownCascade; pinned: boolean }
  | { type: "fixes"; fixes: ShownFix[] }
  /** The fix that is looked at; none where there is nothing. */
  | { type: "review"; review: Review | undefined };

export type FromView =
  | { type: "ready" }
  | { type: "open"; target: Target }
  | { type: "fix"; fix: { id: string; title: string; kind: string } }
  | { type: "review"; choice: "apply" | "compare" | "undo" | "dismiss" }
  | { type: "follow" };
