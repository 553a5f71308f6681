// The server's process and the connection to it.
import {
  type CancellationToken,
  type ExtensionContext,
  type LogOutputChannel,
  type OutputChannel,
  Uri,
  commands,
  env,
  window,
  workspace,
} from "vscode";
import type { CloseHandlerResult, LanguageClient, LanguageClientOptions, StaticFeature } from "vscode-languageclient/node";
import { findProgram } from "./binary";
import { serverPath, serverSettings } from "./config";
import * as lsp from "./lspExtensions";

type Library = typeof import("./protocol.js");

/** After so many crashes within these milliseconds it is not started again by itself. */
const CRASHES = { most: 5, within: 180_000 };

/** Fixes are tried, and shown with what came of that, before they are applied: see `fixes/`. */
const TRIES_FIXES: StaticFeature = {
  fillClientCapabilities(capabilities) {
    const others = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...others, mkwhy: { triesFixes: true } };
  },
  initialize() {},
  getState: () => ({ kind: "static" }),
  clear() {},
};

/** The server as the rest of the extension sees it. */
export class Server {
  private client: LanguageClient | undefined;
  private ready = false;
  private crashes: number[] = [];
  private readonly listeners: ((status: lsp.Status) => void)[] = [];
  private readonly running: ((running: boolean) => void)[] = [];
  private readonly trace: OutputChannel;

  constructor(
    private readonly context: ExtensionContext,
    readonly log: LogOutputChannel,
  ) {
    this.trace = window.createOutputChannel("mkwhy trace");
    context.subscriptions.push(this.trace);
  }

  onStatus(listener: (status: lsp.Status) => void): void {
    this.listeners.push(listener);
  }

  /** Called when the server is there, and when it is gone. */
  onRunning(listener: (running: boolean) => void): void {
    this.running.push(listener);
  }

  get isRunning(): boolean {
    return this.ready;
  }

  /** The client, where its server answers. */
  get languageClient(): LanguageClient | undefined {
    return this.isRunning ? this.client : undefined;
  }

  /** Starts the server, or says once why that cannot be. */
  async start(): Promise<void> {
    const program = findProgram({
      setting: serverPath(),
      folders: workspace.isTrusted ? (workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath) : [],
      path: process.env["PATH"] ?? "",
      extension: this.context.extensionPath,
      windows: process.platform === "win32",
    });
    if ("missing" in program) {
      this.log.error(program.missing);
      this.tell(false);
      void this.explain(program.missing);
      return;
    }
    this.log.info(`${program.found} (${program.where})`);
    const library = await import("./protocol.js");
    const server = { command: program.found, args: ["lsp"] };
    const client = new library.LanguageClient("mkwhy", "mkwhy", server, this.options(library));
    client.registerFeature(TRIES_FIXES);
    this.client = client;
    this.context.subscriptions.push(
      client.onNotification(lsp.status, (status: lsp.Status) => this.listeners.forEach((listener) => listener(status))),
      client.onDidChangeState(({ newState }) => this.tell(newState === library.State.Running)),
    );
    try {
      await client.start();
    } catch (error) {
      this.log.error(`the server did not start: ${String(error)}`);
      void this.explain(`The server did not start: ${String(error)}`);
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.tell(false);
    await client?.dispose();
  }

  async restart(): Promise<void> {
    this.crashes = [];
    await this.stop();
    await this.start();
  }

  /** Asks; `undefined` where there is no answer: no server, or one that has ended meanwhile. */
  async ask<P, R>(request: lsp.Request<P, R>, params: P): Promise<R | undefined> {
    const client = this.languageClient;
    if (client === undefined) return undefined;
    try {
      return await client.sendRequest<R>(request.method, params);
    } catch (error) {
      this.log.warn(`${request.method}: ${String(error)}`);
      return undefined;
    }
  }

  /** Asks; throws what the server says where there is no answer. */
  async demand<P, R>(request: lsp.Request<P, R>, params: P, token: CancellationToken): Promise<R> {
    const client = this.languageClient;
    if (client === undefined) throw new Error("The server is not running.");
    return client.sendRequest<R>(request.method, params, token);
  }

  /** Tells the server that the folders are trusted now. */
  async trust(): Promise<void> {
    await this.languageClient?.sendNotification(lsp.setTrust, { trusted: workspace.isTrusted });
  }

  /** Tells the server the settings of now. */
  async settings(): Promise<void> {
    await this.languageClient?.sendNotification("workspace/didChangeConfiguration", {
      settings: { mkwhy: serverSettings() },
    });
  }

  private tell(running: boolean): void {
    this.ready = running;
    void commands.executeCommand("setContext", "mkwhy.running", running);
    this.running.forEach((listener) => listener(running));
  }

  private options({ CloseAction, ErrorAction, RevealOutputChannelOn }: Library): LanguageClientOptions {
    return {
      documentSelector: [{ scheme: "file", language: "nix" }],
      // A function: a server that is started again gets what is true then.
      initializationOptions: () => ({ trusted: workspace.isTrusted, ...serverSettings() }),
      outputChannel: this.log,
      traceOutputChannel: this.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      markdown: { isTrusted: false, supportHtml: false },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => this.closed(CloseAction),
      },
    };
  }

  private closed(CloseAction: Library["CloseAction"]): CloseHandlerResult {
    const now = Date.now();
    this.crashes = [...this.crashes.filter((then) => now - then < CRASHES.within), now];
    if (this.crashes.length < CRASHES.most) {
      this.log.warn("the server ended; it is started again");
      return { action: CloseAction.Restart, handled: true };
    }
    const message = `The server of mkwhy ended ${CRASHES.most} times in ${CRASHES.within / 60_000} minutes.`;
    this.log.error(message);
    void window.showErrorMessage(message, "Restart", "Show the Log").then((choice) => {
      if (choice === "Restart") void this.restart();
      if (choice === "Show the Log") this.log.show();
    });
    return { action: CloseAction.DoNotRestart, handled: true };
  }

  private async explain(message: string): Promise<void> {
    const choice = await window.showErrorMessage(message, "Open Settings", "How to Get It");
    if (choice === "Open Settings") {
      await commands.executeCommand("workbench.action.openSettings", "mkwhy.server.path");
    } else if (choice === "How to Get It") {
      await env.openExternal(Uri.parse("https://github.com/mkwhy/mkwhy#readme"));
    }
  }
}
