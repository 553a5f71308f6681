//! A client that costs as little as can be: what it measures is the server.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// So long is waited for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// One keystroke.
pub struct Edit {
    at: (usize, usize),
    typed: String,
    back: bool,
}

impl Edit {
    /// Characters that are typed at many places of a text.
    pub fn anywhere(text: &str, typed: &str, count: usize) -> Vec<Self> {
        let mut number: u64 = 11;
        let lines: Vec<&str> = text.lines().collect();
        let mut place = |_| {
            let mut below = |end: usize| {
                number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((number >> 33) as usize) % end.max(1)
            };
            let line = below(lines.len());
            let character = below(lines[line].encode_utf16().count() + 1);
            Self { at: (line, character), typed: typed.to_owned(), back: false }
        };
        (0..count).map(&mut place).collect()
    }

    /// Whether a text is no Nix once it is typed.
    pub fn breaks(&self, text: &str) -> bool {
        let (at, character) = self.at;
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut units: Vec<u16> = lines[at].encode_utf16().collect();
        units.splice(character..character, self.typed.encode_utf16());
        lines[at] = String::from_utf16_lossy(&units);
        !mkwhy_syntax::Source::parse(lines.join("\n")).errors().is_empty()
    }

    pub fn typed(&self) -> Self {
        Self { at: self.at, typed: self.typed.clone(), back: false }
    }

    pub fn taken_back(&self) -> Self {
        Self { back: true, ..self.typed() }
    }

    /// Where in a text it is typed, for people.
    pub fn told(&self, text: &str) -> String {
        let (line, character) = self.at;
        let verb = if self.back { "back" } else { "typed" };
        format!("{verb} at {}:{}: {}", line + 1, character + 1, text.lines().nth(line).unwrap_or_default().trim())
    }

    fn change(&self) -> Value {
        let (line, character) = self.at;
        let (end, text) = if self.back { (character + self.typed.len(), "") } else { (character, self.typed.as_str()) };
        json!({ "range": { "start": { "line": line, "character": character },
                           "end": { "line": line, "character": end } }, "text": text })
    }
}

pub struct Client {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    next: i64,
    version: i64,
    answers: HashMap<i64, Value>,
    diagnostics: HashSet<(String, Option<i64>)>,
    evaluations_ended: Vec<String>,
    ticks: u64,
}

fn uri(file: &Path) -> String {
    format!("file://{}", file.display())
}

impl Client {
    pub fn start(program: &Path, arguments: &[&str], root: &Path, options: &Value) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let (input, output) = (child.stdin.take().expect("stdin"), child.stdout.take().expect("stdout"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut client = Self {
            child,
            input,
            messages,
            next: 0,
            version: 0,
            answers: HashMap::new(),
            diagnostics: HashSet::new(),
            evaluations_ended: Vec::new(),
            ticks: 0,
        };
        let id = client.request(
            "initialize",
            &json!({
                "processId": null,
                "rootUri": uri(root),
                "workspaceFolders": [{ "uri": uri(root), "name": "bench" }],
                "initializationOptions": options,
                // What of a hint is only needed when it is looked at is asked for then, as VS Code does.
                "capabilities": { "textDocument": {
                    "publishDiagnostics": { "versionSupport": true },
                    "inlayHint": { "resolveSupport": { "properties": ["tooltip", "label.tooltip", "label.location"] } },
                } },
            }),
        );
        client.wait_answer(id);
        client.notify("initialized", &json!({}));
        client
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("the server reads");
        self.input.flush().expect("the server reads");
    }

    fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn request(&mut self, method: &str, params: &Value) -> i64 {
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }));
        self.next
    }

    /// Takes one message.
    fn take(&mut self) {
        let message = self.messages.recv_timeout(PATIENCE).expect("the server answers");
        let method = message["method"].as_str().unwrap_or_default();
        match (message["id"].as_i64(), method) {
            (Some(id), "") => {
                assert!(message["error"].is_null(), "{message}");
                self.answers.insert(id, message["result"].clone());
            }
            (_, "textDocument/publishDiagnostics") => {
                let file = message["params"]["uri"].as_str().unwrap_or_default().to_owned();
                self.diagnostics.insert((file.clone(), message["params"]["version"].as_i64()));
                self.diagnostics.insert((file, None));
            }
            (_, "mkwhy/status") if message["params"]["state"] != "evaluating" => {
                let state = message["params"]["state"].as_str().unwrap_or_default().to_owned();
                if !message["params"]["milliseconds"].is_null() {
                    self.evaluations_ended.push(state);
                }
            }
            (None, _) if message["id"].is_null() => {}
            _ => {
                let nothing = if method == "workspace/configuration" { json!([null]) } else { Value::Null };
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": nothing }));
            }
        }
    }

    pub fn wait_answer(&mut self, id: i64) -> Value {
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                return answer;
            }
            self.take();
        }
    }

    /// Waits for the diagnostics of a version, or for any.
    pub fn wait_diagnostics(&mut self, file: &Path, version: Option<i64>) {
        let wanted = (uri(file), version);
        while !self.diagnostics.contains(&wanted) {
            self.take();
        }
        self.diagnostics.clear();
    }

    /// What came so far does not count.
    pub fn forget(&mut self) {
        self.diagnostics.clear();
    }

    pub fn open(&mut self, file: &Path, text: &str) {
        let document = json!({ "uri": uri(file), "languageId": "nix", "version": 0, "text": text });
        self.notify("textDocument/didOpen", &json!({ "textDocument": document }));
    }

    /// The version that it makes.
    pub fn change(&mut self, file: &Path, edit: &Edit) -> i64 {
        self.version += 1;
        let document = json!({ "uri": uri(file), "version": self.version });
        self.notify("textDocument/didChange", &json!({ "textDocument": document, "contentChanges": [edit.change()] }));
        self.version
    }

    pub fn send_hints(&mut self, file: &Path) -> i64 {
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 100_000, "character": 0 } });
        self.request("textDocument/inlayHint", &json!({ "textDocument": { "uri": uri(file) }, "range": range }))
    }

    pub fn hints(&mut self, file: &Path) -> usize {
        let id = self.send_hints(file);
        self.wait_answer(id).as_array().map_or(0, Vec::len)
    }

    pub fn hover(&mut self, file: &Path, text: &str, offset: usize) -> String {
        let before = &text[..offset];
        let line = before.matches('\n').count();
        let character = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
        let position = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": uri(file) }, "position": position });
        let id = self.request("textDocument/hover", &params);
        self.wait_answer(id)["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    pub fn evaluate(&mut self) {
        self.evaluations_ended.clear();
        let id = self.request("mkwhy/evaluate", &json!({}));
        self.wait_answer(id);
    }

    /// How the evaluation ended.
    pub fn wait_end_of_evaluation(&mut self) -> String {
        while self.evaluations_ended.is_empty() {
            self.take();
        }
        self.evaluations_ended.remove(0)
    }

    /// A figure of the process, in MiB.
    pub fn memory(&self, figure: &str) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
        let number = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        number.unwrap_or_default().div_ceil(1024)
    }

    /// Prints what the process has computed since the last time, for each of so many keystrokes: that is the same however
    /// busy the machine is.
    pub fn print_processor_time(&mut self, keystrokes: usize) {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
        let spent = (ticks - self.ticks) * 10;
        self.ticks = ticks;
        if keystrokes > 0 {
            println!("  {:.2} ms of processor time each", spent as f64 / keystrokes as f64);
        }
    }

    pub fn end(mut self) {
        let id = self.request("shutdown", &Value::Null);
        self.wait_answer(id);
        self.notify("exit", &Value::Null);
        self.child.wait().expect("the server ends");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It has ended, or it is not wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(number) = line.strip_prefix("Content-Length:") {
            length = number.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
