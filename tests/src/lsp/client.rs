//! The client itself.

use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::inbox::{Answer, Inbox, Notified, Reader, Received};
use super::meta_model::MetaModel;
use super::wire;

/// So long is waited for anything. Evaluations of the fixture take a second or two where nothing else runs, and trying a
/// move of many settings half a minute.
const PATIENCE: Duration = Duration::from_secs(300);

/// How a server is to be started.
#[derive(Debug, Clone)]
pub struct Start {
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    folders: Vec<PathBuf>,
    options: Value,
    capabilities: Value,
    silent: Vec<String>,
    answers: Vec<(String, Value)>,
}

impl Start {
    /// A server for some folders, and a client that can everything.
    pub fn new(program: impl Into<PathBuf>, folders: &[&Path]) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folders: folders.iter().map(|folder| (*folder).to_owned()).collect(),
            options: json!({ "offline": true }),
            capabilities: json!({
                "general": { "positionEncodings": ["utf-16"] },
                "window": { "workDoneProgress": true },
                "workspace": {
                    "configuration": true,
                    "workspaceFolders": true,
                    "didChangeWatchedFiles": { "dynamicRegistration": true },
                    "inlayHint": { "refreshSupport": true },
                    "codeLens": { "refreshSupport": true },
                },
                "textDocument": {
                    "publishDiagnostics": { "relatedInformation": true, "versionSupport": true },
                },
            }),
            silent: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// More words of the command line.
    #[must_use]
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// A variable of the environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Initialization options, beside `offline`.
    #[must_use]
    pub fn options(mut self, options: Value) -> Self {
        merge(&mut self.options, options);
        self
    }

    /// Other capabilities, merged with those of a client that can everything.
    #[must_use]
    pub fn capabilities(mut self, capabilities: Value) -> Self {
        merge(&mut self.capabilities, capabilities);
        self
    }

    /// A client that says of nothing that it can it.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.capabilities = json!({});
        self
    }

    /// A client that asks for diagnostics itself.
    #[must_use]
    pub fn pulling(self) -> Self {
        self.capabilities(json!({
            "workspace": { "diagnostics": { "refreshSupport": true } },
            "textDocument": { "diagnostic": { "relatedDocumentSupport": true } },
        }))
    }

    /// Requests of the server's that are never answered.
    #[must_use]
    pub fn silent(mut self, methods: &[&str]) -> Self {
        self.silent.extend(methods.iter().map(|method| (*method).to_owned()));
        self
    }

    /// What a request of the server's is answered with, in place of null.
    #[must_use]
    pub fn answering(mut self, method: &str, answer: Value) -> Self {
        self.answers.push((method.to_owned(), answer));
        self
    }

    /// Starts it, and says `initialize` and `initialized`.
    #[track_caller]
    pub fn run(self) -> Client {
        let mut client = self.spawn();
        client.initialize();
        client
    }

    /// Starts the program alone.
    ///
    /// # Panics
    /// If it does not start.
    #[track_caller]
    pub fn spawn(self) -> Client {
        let mark = format!("{}-{:?}", std::process::id(), Instant::now());
        let mut child = Command::new(&self.program)
            .arg("lsp")
            .args(&self.arguments)
            .env("MKWHY_TEST_MARK", &mark)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the server starts");
        let stdin = Arc::new(Mutex::new(child.stdin.take()));
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let inbox = Arc::new(Inbox::default());
        let reader = Reader {
            inbox: inbox.clone(),
            stdin: stdin.clone(),
            silent: self.silent.clone(),
            answers: self.answers.clone(),
        };
        let reader = std::thread::spawn(move || reader.run(stdout));
        Client { child, stdin, inbox, reader: Some(reader), next: 1, start: self, mark, capabilities: Value::Null }
    }
}

/// Merges objects, deeply.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// A client with its server. When it is dropped, everything the server said must have been in order.
pub struct Client {
    child: Child,
    stdin: Arc<Mutex<Option<ChildStdin>>>,
    inbox: Arc<Inbox>,
    reader: Option<JoinHandle<()>>,
    next: i64,
    start: Start,
    mark: String,
    /// What the server said that it can.
    pub capabilities: Value,
}

impl Client {
    /// The parameters of `initialize`.
    pub fn initialize_params(&self) -> Value {
        let folders: Vec<Value> = self
            .start
            .folders
            .iter()
            .map(|folder| json!({ "uri": uri(folder), "name": folder.file_name().map(|name| name.to_string_lossy()) }))
            .collect();
        json!({
            "processId": std::process::id(),
            "clientInfo": { "name": "test" },
            "rootUri": null,
            "capabilities": self.start.capabilities,
            "initializationOptions": self.start.options,
            "workspaceFolders": folders,
        })
    }

    /// Says `initialize` and `initialized`.
    #[track_caller]
    pub fn initialize(&mut self) {
        let params = self.initialize_params();
        MetaModel::published().check_type("InitializeParams", &params).expect("the client's own message");
        let answer = self.request("initialize", params).expect("it can be initialized");
        self.capabilities = answer["capabilities"].clone();
        self.notify("initialized", json!({}));
    }

    /// Sends a request and waits for its answer.
    #[track_caller]
    pub fn request(&mut self, method: &str, params: Value) -> Answer {
        let id = self.send_request(method, params);
        self.answer_within(id, PATIENCE)
    }

    /// The result of a request.
    ///
    /// # Panics
    /// If it fails.
    #[track_caller]
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.request(method, params).unwrap_or_else(|failure| panic!("{method}: {failure:?}"))
    }

    /// Sends a request; its number.
    #[track_caller]
    pub fn send_request(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next;
        self.next += 1;
        self.inbox.lock().open.insert(id, method.to_owned());
        let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method });
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        id
    }

    /// A request of that number is sent by hand.
    pub fn expect_answer(&mut self, id: i64, method: &str) {
        self.inbox.lock().open.insert(id, method.to_owned());
    }

    /// Waits for the answer of a request.
    ///
    /// # Panics
    /// If none comes in time.
    #[track_caller]
    pub fn answer_within(&mut self, id: i64, time: Duration) -> Answer {
        self.wait_within(time, "an answer", |received| received.answers.remove(&id))
    }

    /// The answer of a request, if it has come.
    pub fn answered(&mut self, id: i64) -> Option<Answer> {
        self.inbox.lock().answers.remove(&id)
    }

    /// Sends a notification.
    #[track_caller]
    pub fn notify(&mut self, method: &str, params: Value) {
        let mut message = json!({ "jsonrpc": "2.0", "method": method });
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
    }

    /// Sends anything.
    ///
    /// # Panics
    /// If the server takes nothing any more.
    #[track_caller]
    pub fn send(&mut self, message: &Value) {
        let mut stdin = self.stdin.lock().unwrap_or_else(PoisonError::into_inner);
        wire::write(stdin.as_mut().expect("an open stream"), message).expect("the server listens");
    }

    /// Sends bytes that need be no message.
    ///
    /// # Panics
    /// If the server takes nothing any more.
    #[track_caller]
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let mut stdin = self.stdin.lock().unwrap_or_else(PoisonError::into_inner);
        let stdin = stdin.as_mut().expect("an open stream");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the server listens");
    }

    /// Waits for an error that answers what was no request; its code.
    #[track_caller]
    pub fn wait_nobodys_error(&mut self) -> i64 {
        self.wait_within(PATIENCE, "an error", |received| received.nobodys.pop())
    }

    #[track_caller]
    fn wait_within<T>(&self, time: Duration, what: &str, mut found: impl FnMut(&mut Received) -> Option<T>) -> T {
        let until = Instant::now() + time;
        let mut received = self.inbox.lock();
        loop {
            if let Some(found) = found(&mut received) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!received.ended, "the server ended, and {what} was waited for");
            if left.is_zero() {
                let said: Vec<String> =
                    received.notified.iter().map(|it| format!("{} {}", it.method, it.params)).collect();
                drop(received);
                panic!("no {what} within {time:?}; there were:\n{}", said.join("\n"));
            }
            received = self.inbox.changed.wait_timeout(received, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for a notification that `wanted` gives something for, and takes all that came up to it.
    ///
    /// # Panics
    /// If none comes in time.
    #[track_caller]
    pub fn wait<T>(&mut self, method: &str, wanted: impl Fn(&Value) -> Option<T>) -> T {
        self.wait_within(PATIENCE, method, |received| {
            let (index, found) = received
                .notified
                .iter()
                .enumerate()
                .filter(|(_, notified)| notified.method == method)
                .find_map(|(index, notified)| Some((index, wanted(&notified.params)?)))?;
            received.notified.drain(..=index);
            Some(found)
        })
    }

    /// Waits for a request of the server's that `wanted` gives something for. It stays among those that were asked.
    #[track_caller]
    pub fn wait_asked<T>(&mut self, method: &str, wanted: impl Fn(&Value) -> Option<T>) -> T {
        self.wait_within(PATIENCE, method, |received| {
            received.asked.iter().filter(|asked| asked.method == method).find_map(|asked| wanted(&asked.params))
        })
    }

    /// The diagnostics that each file has now, by URI, whatever was taken.
    pub fn diagnostics_now(&self) -> std::collections::BTreeMap<String, Value> {
        self.inbox.lock().diagnostics.clone()
    }

    /// The notifications that have come and were not taken.
    pub fn notified(&self) -> Vec<Notified> {
        self.inbox.lock().notified.clone()
    }

    /// Takes the notifications that have come.
    pub fn take_notified(&mut self) -> Vec<Notified> {
        std::mem::take(&mut self.inbox.lock().notified)
    }

    /// The states that folders were said to be in, from the beginning.
    pub fn statuses(&self) -> Vec<String> {
        self.inbox.lock().statuses.clone()
    }

    /// The messages that a person was shown, from the beginning.
    pub fn shown(&self) -> Vec<String> {
        self.inbox.lock().shown.clone()
    }

    /// The requests that the server has sent.
    pub fn asked(&self) -> Vec<Notified> {
        self.inbox.lock().asked.clone()
    }

    /// Waits for a status of a folder; the whole message.
    #[track_caller]
    pub fn wait_status(&mut self, folder: &Path, state: &str) -> Value {
        let root = real(folder);
        self.wait("mkwhy/status", |status| {
            (status["state"] == state && status["root"] == *root.to_string_lossy()).then(|| status.clone())
        })
    }

    /// Waits for one of some states of a folder.
    #[track_caller]
    pub fn wait_within_status(&mut self, folder: &Path, states: &[&str]) -> Value {
        let root = real(folder);
        self.wait("mkwhy/status", |status| {
            let one = states.iter().any(|state| status["state"] == *state);
            (one && status["root"] == *root.to_string_lossy()).then(|| status.clone())
        })
    }

    /// Opens a file as it is on disk.
    ///
    /// # Panics
    /// If it cannot be read.
    #[track_caller]
    pub fn open(&mut self, file: &Path) -> String {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.open_text(file, &text);
        text
    }

    /// Opens a file with a text.
    #[track_caller]
    pub fn open_text(&mut self, file: &Path, text: &str) {
        let document = json!({ "uri": uri(file), "languageId": "nix", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Gives an open file another text.
    #[track_caller]
    pub fn change(&mut self, file: &Path, version: i32, text: &str) {
        let document = json!({ "uri": uri(file), "version": version });
        self.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [{ "text": text }] }),
        );
    }

    /// Says that a file was saved.
    #[track_caller]
    pub fn saved(&mut self, file: &Path) {
        self.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri(file) } }));
    }

    /// Says that files changed on disk.
    #[track_caller]
    pub fn changed_on_disk<P: AsRef<Path>>(&mut self, files: &[(P, u8)]) {
        let changes: Vec<Value> =
            files.iter().map(|(file, kind)| json!({ "uri": uri(file.as_ref()), "type": kind })).collect();
        self.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    }

    /// The hints of a file, as `line: text`, lines from 1.
    ///
    /// # Panics
    /// If the server does not know the file.
    #[track_caller]
    pub fn hints(&mut self, file: &Path) -> Vec<String> {
        let hints = self.ask("textDocument/inlayHint", whole(file));
        assert!(hints.is_array(), "{} is known", file.display());
        labels(&hints)
    }

    /// The same; none for a file that the server does not know.
    #[track_caller]
    pub fn hints_or_none(&mut self, file: &Path) -> Vec<String> {
        labels(&self.ask("textDocument/inlayHint", whole(file)))
    }

    /// Waits until a file's hints are as wanted.
    ///
    /// # Panics
    /// If they never are.
    #[track_caller]
    pub fn wait_hints(&mut self, file: &Path, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let hints = self.hints(file);
            if wanted(&hints) {
                return hints;
            }
            assert!(Instant::now() < until, "the hints stay:\n{}", hints.join("\n"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The processes that the server has started, directly or not, with their command lines.
    pub fn children(&self) -> Vec<(u32, String)> {
        marked(&self.mark).into_iter().filter(|(id, _)| *id != self.child.id()).collect()
    }

    /// Waits until the server has started something.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn wait_for_children(&self) {
        let until = Instant::now() + PATIENCE;
        while self.children().is_empty() {
            assert!(Instant::now() < until, "nothing was started");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until nothing runs any more that the server has started.
    ///
    /// # Panics
    /// If something does.
    #[track_caller]
    pub fn wait_alone(&self) {
        let until = Instant::now() + Duration::from_secs(5);
        while !self.children().is_empty() {
            assert!(Instant::now() < until, "still running: {:?}", self.children());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Says `shutdown` and `exit`, and waits for the end.
    ///
    /// # Panics
    /// If it does not end in order and alone.
    #[track_caller]
    pub fn end(mut self) {
        let answer = self.request("shutdown", Value::Null);
        assert_eq!(answer, Ok(Value::Null));
        self.notify("exit", Value::Null);
        assert_eq!(self.wait_end().code(), Some(0), "the protocol's exit code after a shutdown");
    }

    /// Closes the server's input.
    pub fn hang_up(&mut self) {
        *self.stdin.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Waits for the end of the server, after which nobody whom it started is left.
    ///
    /// # Panics
    /// If it does not end in time.
    #[track_caller]
    pub fn wait_end(&mut self) -> ExitStatus {
        let until = Instant::now() + Duration::from_secs(10);
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(Instant::now() < until, "the server does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        let until = Instant::now() + Duration::from_secs(2);
        loop {
            let left = marked(&self.mark);
            if left.is_empty() {
                return status;
            }
            assert!(Instant::now() < until, "the server left children behind: {left:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Also where a test failed nothing is left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.hang_up();
        let read = self.reader.take().map(JoinHandle::join);
        if std::thread::panicking() {
            return;
        }
        assert!(read.is_none_or(|read| read.is_ok()), "the client's own reader failed");
        let mut received = self.inbox.lock();
        let mut wrong = std::mem::take(&mut received.wrong);
        wrong.extend(received.nobodys.drain(..).map(|code| format!("error {code} for no request")));
        drop(received);
        assert!(wrong.is_empty(), "what the server sent is not what the protocol says:\n{}", wrong.join("\n"));
    }
}

fn labels(hints: &Value) -> Vec<String> {
    let label = |hint: &Value| match &hint["label"] {
        Value::Array(parts) => parts.iter().filter_map(|part| part["value"].as_str()).collect::<String>(),
        label => label.as_str().unwrap_or_default().to_owned(),
    };
    let line = |hint: &Value| hint["position"]["line"].as_u64().map(|line| line + 1).unwrap_or_default();
    hints.as_array().into_iter().flatten().map(|hint| format!("{}: {}", line(hint), label(hint))).collect()
}

/// The processes with a mark in their environment.
fn marked(mark: &str) -> Vec<(u32, String)> {
    let wanted = format!("MKWHY_TEST_MARK={mark}");
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    processes
        .flatten()
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let environment = std::fs::read(entry.path().join("environ")).ok()?;
            environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes()).then_some(())?;
            let line = std::fs::read(entry.path().join("cmdline")).ok()?;
            Some((id, String::from_utf8_lossy(&line).replace('\0', " ")))
        })
        .collect()
}

/// A folder as the server names it.
fn real(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

/// The URI of a file.
pub fn uri(file: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in file.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => uri.push(byte as char),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// Parameters that name a file and all of its text.
pub fn whole(file: &Path) -> Value {
    json!({
        "textDocument": { "uri": uri(file) },
        "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 100_000, "character": 0 } },
    })
}

/// Parameters that name a file and a place, both from 0.
pub fn at(file: &Path, line: usize, character: usize) -> Value {
    json!({ "textDocument": { "uri": uri(file) }, "position": { "line": line, "character": character } })
}
