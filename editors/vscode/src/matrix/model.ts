// What the table of settings by modules shows: plain data and text, without the editor.
import type { Matrix, OutcomeWord } from "../lspExtensions";
import { type Link, link } from "../cascade/model";
import { valueText } from "../values";
import { isLost, priorityText } from "../words";

export interface ShownCell {
  outcome: OutcomeWord;
  lost: boolean;
  /** `mkForce 50`. */
  priority: string;
  at: Link;
}

export interface ShownRow {
  path: string;
  value: string;
  contradiction: boolean;
  /** By column; several where a module defines it more than once. */
  cells: ShownCell[][];
}

export interface ShownMatrix {
  target: string;
  modules: Link[];
  rows: ShownRow[];
  notes: string[];
}

export function shownMatrix(root: string, matrix: Matrix): ShownMatrix {
  return {
    target: matrix.target,
    modules: matrix.modules.map((file) => link(root, { file, line: null, column: null })),
    rows: matrix.rows.map((row) => {
      const cells: ShownCell[][] = matrix.modules.map(() => []);
      for (const cell of row.cells) {
        cells[cell.module]?.push({
          outcome: cell.outcome,
          lost: isLost(cell),
          priority: cell.priority === null ? "" : priorityText(cell.priority),
          at: link(root, cell.at),
        });
      }
      const value = row.value === null ? (row.error?.text ?? "—") : valueText(row.value);
      return { path: row.path, value, contradiction: row.contradiction, cells };
    }),
    notes: matrix.notes,
  };
}
