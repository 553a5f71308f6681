// Fixes: what the server offers, a look at what came of trying one, applying it and undoing it again.
import {
  CancellationTokenSource,
  ProgressLocation,
  type TextDocument,
  Uri,
  commands,
  window,
  workspace,
} from "vscode";
import type { Server } from "../client";
import * as lsp from "../lspExtensions";
import type { StatusBar } from "../status";
import type { Difference } from "./difference";
import { type Review, isPlain, touched, tried, unasked, unfinished } from "./model";

/** What the server's code actions give to their command. */
export interface Chosen {
  id: string;
  title: string;
  kind: string;
}

export function isChosen(value: unknown): value is Chosen {
  if (typeof value !== "object" || value === null) return false;
  const { id, title, kind } = value as Record<string, unknown>;
  return typeof id === "string" && typeof title === "string" && typeof kind === "string";
}

/** The fix that is looked at. */
interface Looked {
  chosen: Chosen;
  review: Review;
  /** What came of trying it, as soon as that is known. */
  answer?: lsp.FixAnswer;
  /** Ends what is under way. */
  cancel: CancellationTokenSource;
}

/** What was applied last: its documents, with the versions that they had then. */
interface Applied {
  title: string;
  documents: { uri: Uri; version: number }[];
}

export class Fixes {
  private looked: Looked | undefined;
  private applied: Applied | undefined;
  private readonly listeners: ((review: Review | undefined) => void)[] = [];

  constructor(
    private readonly server: Server,
    private readonly status: StatusBar,
    private readonly difference: Difference,
  ) {}

  /** Called whenever there is something else to be seen of the fix that is looked at. */
  onReview(listener: (review: Review | undefined) => void): void {
    this.listeners.push(listener);
  }

  get review(): Review | undefined {
    return this.looked?.review;
  }

  /** What the server offers for an option in a document, or for what stands at a place. */
  async at(params: lsp.FixesParams): Promise<lsp.FixEntry[]> {
    return (await this.server.ask(lsp.fixes, params)) ?? [];
  }

  /** Tries a fix that was chosen in the text: what is plain is applied, all else is shown with what came of it. */
  async choose(chosen: Chosen, reveal: () => Promise<void>): Promise<void> {
    if (chosen.kind.startsWith("refactor.move")) {
      void reveal();
      await this.try(chosen);
      return;
    }
    const looked = await window.withProgress(
      { location: ProgressLocation.Notification, title: `mkwhy tries: ${chosen.title}`, cancellable: true },
      (_, cancelled) => {
        cancelled.onCancellationRequested(() => this.dismiss());
        return this.try(chosen);
      },
    );
    if (looked?.answer === undefined || !isPlain(chosen.kind, looked.answer)) {
      if (looked !== undefined) await reveal();
      return;
    }
    if (!(await this.apply())) return;
    this.dismiss();
    const choice = await window.showInformationMessage(`${looked.review.title}: ${looked.review.said}`, "Undo");
    if (choice === "Undo") await this.undo();
  }

  /** Tries a fix, and shows what came of it; `undefined` where another one is looked at by then. */
  async try(chosen: Chosen): Promise<Looked | undefined> {
    this.looked?.cancel.cancel();
    const looked: Looked = {
      chosen,
      review: unfinished(chosen.title, "proving", "Nix evaluates a private copy of the configuration with it…"),
      cancel: new CancellationTokenSource(),
    };
    this.looked = looked;
    this.tell();
    try {
      const answer = await this.ask(looked);
      if (this.looked !== looked) return undefined;
      looked.answer = answer;
      looked.review = tried(this.root(answer), chosen.title, answer);
    } catch (error) {
      if (this.looked !== looked) return undefined;
      looked.review = unfinished(chosen.title, "failed", message(error));
    }
    this.tell();
    return looked;
  }

  /** Shows what the fix that is looked at would make of its files. */
  async compare(): Promise<void> {
    const looked = this.looked;
    if (looked?.answer !== undefined) await this.difference.show(looked.review.title, looked.answer.edit);
  }

  /** Applies the fix that is looked at; says whether that was done. */
  async apply(): Promise<boolean> {
    const looked = this.looked;
    const client = this.server.languageClient;
    if (looked?.answer === undefined || client === undefined) return false;
    const shown = looked.review;
    this.show(looked, { ...shown, state: "applying" });
    try {
      // What was edited meanwhile makes another proof, or none.
      const answer = await this.ask(looked);
      if (this.looked !== looked) return false;
      const now = tried(this.root(answer), looked.chosen.title, answer);
      looked.answer = answer;
      if (JSON.stringify(now) !== JSON.stringify(shown)) {
        const again = "Files were edited, so it was tried again; look at it once more.";
        this.show(looked, { ...now, notes: [again, ...now.notes] });
        return false;
      }
      await this.difference.close();
      const edit = await client.protocol2CodeConverter.asWorkspaceEdit(unasked(answer.edit));
      const applied = edit !== undefined && (await workspace.applyEdit(edit, { isRefactoring: true }));
      if (!applied) {
        this.show(looked, unfinished(looked.chosen.title, "failed", "The editor did not apply it."));
        return false;
      }
      this.applied = { title: shown.title, documents: await versions(touched(answer.edit)) };
      this.show(looked, { ...shown, state: "applied" });
      return true;
    } catch (error) {
      this.show(looked, unfinished(looked.chosen.title, "failed", message(error)));
      return false;
    }
  }

  /** Undoes what was applied last, in all files, unless one of them was edited since. */
  async undo(): Promise<void> {
    const applied = this.applied;
    const first = applied?.documents[0];
    if (applied === undefined || first === undefined) {
      void window.showInformationMessage("mkwhy: no fix was applied that could be undone.");
      return;
    }
    for (const { uri, version } of applied.documents) {
      const document = await workspace.openTextDocument(uri);
      if (document.version !== version) {
        const name = workspace.asRelativePath(uri);
        void window.showWarningMessage(`mkwhy: ${name} was edited since; undo that first, in the editor.`);
        return;
      }
    }
    const active = window.activeTextEditor?.document.uri.toString();
    const here = applied.documents.find(({ uri }) => uri.toString() === active) ?? first;
    await window.showTextDocument(here.uri, { preview: false });
    await commands.executeCommand("undo");
    const left = await versions(applied.documents.map(({ uri }) => uri.toString())).catch(() => []);
    if (JSON.stringify(left) === JSON.stringify(applied.documents)) return;
    this.applied = undefined;
    this.dismiss();
  }

  /** Shows no fix any more, and ends what is tried. */
  dismiss(): void {
    this.looked?.cancel.cancel();
    this.looked = undefined;
    void this.difference.close();
    this.tell();
  }

  private async ask({ chosen, cancel }: Looked): Promise<lsp.FixAnswer> {
    return this.server.demand(lsp.proof, { id: chosen.id }, cancel.token);
  }

  /** The folder that an answer is about. */
  private root(answer: lsp.FixAnswer): string {
    const [first] = touched(answer.edit);
    return this.status.of(first === undefined ? undefined : Uri.parse(first).fsPath)?.root ?? "";
  }

  private show(looked: Looked, review: Review): void {
    looked.review = review;
    if (this.looked === looked) this.tell();
  }

  private tell(): void {
    this.listeners.forEach((listener) => listener(this.looked?.review));
  }
}

async function versions(uris: string[]): Promise<Applied["documents"]> {
  const documents: TextDocument[] = await Promise.all(uris.map((uri) => workspace.openTextDocument(Uri.parse(uri))));
  return documents.map(({ uri, version }) => ({ uri, version }));
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
