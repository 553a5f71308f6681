// The real workbench of VS Code with the packaged extension, in a real browser.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Browser, type Frame, type Locator, type Page, chromium } from "playwright-core";

/** What `cargo xtask editors` says in the environment. */
export function given(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set: run these tests with cargo xtask editors`);
  return value;
}

export const scratch = mkdtempSync(join(given("MKWHY_SCRATCH"), "run-"));
/** For sockets, whose paths must be short. */
const temporary = mkdtempSync(join(tmpdir(), "mkwhy-"));
/** Where pictures of all states go. */
export const pictures = join(given("MKWHY_SCRATCH"), "pictures");
mkdirSync(pictures, { recursive: true });
const extensions = join(scratch, "extensions");

/** Long enough for a machine that does much else. */
export const PATIENCE = Number(process.env["MKWHY_PATIENCE"] ?? 120_000);

let browser: Browser | undefined;
let installed = false;

export interface Opening {
  /** Settings of the person, beside those that keep the tests quiet. */
  settings?: Record<string, unknown>;
  /** Whether nothing is asked about trust, and every folder is trusted. */
  trusted?: boolean;
  /** The folders of PATH that are searched first; the one with the program where nothing is said. */
  path?: string[];
  /** File to open at once. */
  file?: string;
  height?: number;
}

const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.colorTheme": "Default Dark Modern",
  "telemetry.telemetryLevel": "off",
  "extensions.ignoreRecommendations": true,
  "security.workspace.trust.startupPrompt": "never",
  "security.workspace.trust.banner": "never",
  "security.workspace.trust.enabled": true,
  "editor.minimap.enabled": false,
  "editor.accessibilitySupport": "off",
  "editor.cursorBlinking": "solid",
  "editor.occurrencesHighlight": "off",
  "files.autoSave": "off",
  "git.enabled": false,
  "window.commandCenter": false,
  "chat.commandCenter.enabled": false,
  "update.mode": "none",
};

export class Workbench {
  private constructor(
    readonly page: Page,
    readonly folder: string,
    private readonly server: ChildProcess,
    private readonly userData: string,
  ) {}

  /** Opens a folder. */
  static async open(folder: string, opening: Opening = {}): Promise<Workbench> {
    install();
    const userData = mkdtempSync(join(scratch, "user-"));
    const settings = JSON.stringify({ ...SETTINGS, ...opening.settings }, undefined, 2);
    // What is of the machine counts only there, the rest only for the person.
    for (const place of ["User", "Machine"]) {
      mkdirSync(join(userData, place));
      writeFileSync(join(userData, place, "settings.json"), settings);
    }
    const port = await freePort();
    const words = [given("MKWHY_CODE_SERVER"), "--bind-addr", `127.0.0.1:${port}`, "--auth", "none"];
    words.push("--disable-telemetry", "--disable-update-check", "--disable-getting-started-override");
    words.push("--user-data-dir", userData, "--extensions-dir", extensions);
    if (opening.trusted !== false) words.push("--disable-workspace-trust");
    const log = openSync(join(userData, "code-server.log"), "w");
    const path = [...(opening.path ?? [dirname(given("MKWHY"))]), given("PATH")].join(delimiter);
    // The editor asks the person's shell for PATH.
    writeFileSync(join(userData, ".profile"), `export PATH='${path}'\n`);
    const server = spawn(process.execPath, words, {
      env: { ...process.env, HOME: userData, TMPDIR: temporary, SHELL: "/bin/bash", PATH: path },
      stdio: ["ignore", log, log],
      detached: true,
    });
    await answers(`http://127.0.0.1:${port}/healthz`);
    browser ??= await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    const context = await browser.newContext({ viewport: { width: 1360, height: opening.height ?? 860 } });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`);
    await page.locator(".monaco-workbench .statusbar").waitFor();
    const workbench = new Workbench(page, folder, server, userData);
    if (opening.file !== undefined) await workbench.openFile(opening.file);
    return workbench;
  }

  /** Opens the window anew, as the browser's button does. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.locator(".monaco-workbench .statusbar").waitFor();
  }

  /** Closes it; a last picture, and the log where MKWHY_LOG is set, tell what a failed test saw. */
  async finish(name: string): Promise<void> {
    await this.page.screenshot({ path: join(pictures, `end-of-${name}.png`) });
    if (process.env["MKWHY_LOG"] !== undefined) console.log(this.log());
    await this.close();
  }

  /** Changes settings, as a person does in the file of settings. */
  async set(settings: Record<string, unknown>): Promise<void> {
    for (const place of ["User", "Machine"]) {
      const file = join(this.userData, place, "settings.json");
      writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), ...settings }, undefined, 2));
    }
  }

  /** Where the cursor is, as the status bar says. */
  async cursor(): Promise<string> {
    return this.page.locator('.statusbar-item[id="status.editor.selection"]').innerText();
  }

  private async close(): Promise<void> {
    await this.page.context().close();
    const family = descendants(this.server.pid ?? 0);
    for (const pid of family) end(pid);
  }

  /** The processes of the language server that this workbench started. */
  servers(): number[] {
    const program = given("MKWHY");
    return descendants(this.server.pid ?? 0).filter((pid) => commandLine(pid)[0] === program);
  }

  /** Runs a command by its title in the palette. */
  async run(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(`>${title}`);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().waitFor();
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" }).catch(() => undefined);
  }

  /** Opens a file by its path in the folder, at a line. */
  async openFile(path: string, line?: number): Promise<void> {
    await this.page.keyboard.press("Control+P");
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(path);
    const name = path.split("/").at(-1) ?? path;
    const first = this.page.locator(".quick-input-list .monaco-list-row").first();
    await until(`${path} in the list`, async () => {
      const label = (await first.getAttribute("aria-label")) ?? "";
      return label.startsWith(`${name},`) || label.startsWith(`${name} `);
    });
    await this.page.keyboard.press("Enter");
    await this.editor(path).waitFor();
    if (line !== undefined) await this.goToLine(line);
  }

  async goToLine(line: number, column = 1): Promise<void> {
    await this.page.keyboard.press("Control+G");
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  /** The editor that shows a file. */
  editor(path: string): Locator {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$="${path}"]`);
  }

  /** The lines of an editor as they are drawn, with hints. */
  async lines(path: string): Promise<string[]> {
    const lines = await this.editor(path).locator(".view-lines .view-line").evaluateAll((all) =>
      all
        .map((line) => ({ top: Number.parseFloat((line as HTMLElement).style.top), text: line.textContent ?? "" }))
        .sort((a, b) => a.top - b.top)
        .map(({ text }) => text),
    );
    return lines.map((line) => line.replace(/\u00a0/g, " "));
  }

  /** The drawn line that begins (after blanks) as given. */
  async line(path: string, beginning: string): Promise<string> {
    const lines = await this.lines(path);
    const found = lines.find((line) => line.trimStart().startsWith(beginning));
    if (found === undefined) throw new Error(`no line begins with ${beginning}:\n${lines.join("\n")}`);
    return found;
  }

  /** Texts that are drawn struck through. */
  async struck(path: string): Promise<string[]> {
    return this.editor(path).locator(".view-line span span").evaluateAll((all) =>
      all
        .filter((span) => getComputedStyle(span).textDecorationLine.includes("line-through"))
        .map((span) => (span.textContent ?? "").replace(/\u00a0/g, " ")),
    );
  }

  /** The names of the pictures in the gutter, from the top. */
  async gutter(path: string): Promise<string[]> {
    const pictures = await this.editor(path).locator(".glyph-margin-widgets > *, .margin-view-overlays .cgmr").evaluateAll((all) =>
      all.map((mark) => ({
        top: mark.getBoundingClientRect().top,
        image: getComputedStyle(mark).backgroundImage,
      })),
    );
    return pictures
      .sort((a, b) => a.top - b.top)
      .flatMap(({ image }) => /(?:\/|%2F)([a-z]+)-(?:dark|light)\.svg/i.exec(image)?.[1] ?? []);
  }

  /** The entry of the status bar. */
  get status(): Locator {
    return this.page.locator('.statusbar-item[id="mkwhy.mkwhy.status"]');
  }

  /** The page of a webview, as soon as it shows something that fits. */
  async webview(selector: string): Promise<Frame> {
    return until(`a webview with ${selector}`, async () => {
      for (const frame of this.page.frames()) {
        if (frame.isDetached()) continue;
        const found = await frame.locator(selector).first().isVisible().catch(() => false);
        if (found) return frame;
      }
      return undefined;
    });
  }

  /** Takes a picture of the state. */
  async picture(name: string): Promise<void> {
    await this.page.mouse.move(2, 2);
    await this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  /** What the extension and the server wrote into the log. */
  log(): string {
    const found: string[] = [];
    const look = (folder: string) => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) look(path);
        else if (/mkwhy.*\.log$/.test(entry.name) || entry.name === "remoteexthost.log") found.push(readFileSync(path, "utf8"));
      }
    };
    look(join(this.userData, "logs"));
    return found.join("\n");
  }
}

/** Ends what all tests share. */
export async function finish(): Promise<void> {
  await browser?.close();
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  // The pictures stay; the rest is worth nothing without its processes.
  if (process.env["MKWHY_LOG"] === undefined) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}

/** Waits for something that is not there at once. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, patience = PATIENCE): Promise<T> {
  const end = Date.now() + patience;
  let wrong: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      wrong = undefined;
    } catch (error) {
      wrong = error;
    }
    if (Date.now() > end) throw new Error(`waited in vain for ${what}${wrong === undefined ? "" : `: ${String(wrong)}`}`);
    await new Promise((done) => setTimeout(done, 60));
  }
}

function install(): void {
  if (installed) return;
  const words = [given("MKWHY_CODE_SERVER"), "--extensions-dir", extensions, "--user-data-dir", join(scratch, "install")];
  execFileSync(process.execPath, [...words, "--install-extension", given("MKWHY_VSIX")], { stdio: "pipe" });
  installed = true;
}

async function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? done(address.port) : failed(new Error("no port"))));
    });
  });
}

async function answers(url: string): Promise<void> {
  await until(url, async () => (await fetch(url)).ok);
}

/** A process and all below it, the lowest last. */
function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(Number(name));
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
