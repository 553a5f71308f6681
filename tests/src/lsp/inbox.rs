//! What the server sends: sorted, answered, and held against the meta model.

use std::collections::{BTreeMap, HashMap};
use std::process::ChildStdin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};

use super::meta_model::MetaModel;
use super::wire;

/// The error of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The protocol's number for it.
    pub code: i64,
    /// What it says.
    pub message: String,
}

/// What a request came to.
pub type Answer = Result<Value, Failure>;

/// A notification of the server's.
#[derive(Debug, Clone)]
pub struct Notified {
    /// When it came.
    pub at: Instant,
    /// Its name.
    pub method: String,
    /// Its parameters.
    pub params: Value,
}

/// What has come from the server.
#[derive(Default)]
pub(super) struct Inbox {
    pub(super) state: Mutex<Received>,
    pub(super) changed: Condvar,
}

/// See [`Inbox`].
#[derive(Default)]
pub(super) struct Received {
    /// The methods of requests without an answer, by their numbers.
    pub(super) open: HashMap<i64, String>,
    pub(super) answers: BTreeMap<i64, Answer>,
    pub(super) notified: Vec<Notified>,
    /// The diagnostics that each file has now, by URI.
    pub(super) diagnostics: BTreeMap<String, Value>,
    /// Requests of the server's, with their parameters.
    pub(super) asked: Vec<Notified>,
    /// The codes of errors that answer what was no request.
    pub(super) nobodys: Vec<i64>,
    /// The messages that a person was shown.
    pub(super) shown: Vec<String>,
    /// The states that folders were said to be in.
    pub(super) statuses: Vec<String>,
    /// What was wrong with messages.
    pub(super) wrong: Vec<String>,
    pub(super) ended: bool,
}

impl Inbox {
    pub(super) fn lock(&self) -> MutexGuard<'_, Received> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads what the server sends, looks at it, and answers its requests.
pub(super) struct Reader {
    pub(super) inbox: Arc<Inbox>,
    pub(super) stdin: Arc<Mutex<Option<ChildStdin>>>,
    pub(super) silent: Vec<String>,
    pub(super) answers: Vec<(String, Value)>,
}

impl Reader {
    pub(super) fn run(&self, mut stdout: impl std::io::BufRead) {
        loop {
            match wire::read(&mut stdout) {
                Ok(Some(message)) => self.take(&message),
                Ok(None) => break,
                Err(error) => {
                    self.inbox.lock().wrong.push(format!("on standard output: {error}"));
                    break;
                }
            }
        }
        self.inbox.lock().ended = true;
        self.inbox.changed.notify_all();
    }

    fn take(&self, message: &Value) {
        let mut received = self.inbox.lock();
        let mut reply = None;
        if message["jsonrpc"] != "2.0" {
            received.wrong.push(format!("not JSON-RPC 2.0: {message}"));
        }
        let params = message.get("params");
        let now = |method: &str| Notified {
            at: Instant::now(),
            method: method.to_owned(),
            params: params.cloned().unwrap_or_default(),
        };
        let model = MetaModel::published();
        if message["method"] == "mkwhy/status" {
            received.statuses.extend(message["params"]["state"].as_str().map(str::to_owned));
        }
        if let Some("window/showMessage" | "window/showMessageRequest") = message["method"].as_str() {
            received.shown.extend(message["params"]["message"].as_str().map(str::to_owned));
        }
        match (message["method"].as_str(), message.get("id")) {
            (Some(method), Some(id)) => {
                let checked = model.check_request(method, params).map_err(|wrong| wrong.to_string());
                received.wrong.extend(checked.err());
                received.asked.push(now(method));
                if !self.silent.iter().any(|silent| silent == method) {
                    let known = self.answers.iter().find(|(name, _)| name == method);
                    let result = known.map_or(Value::Null, |(_, answer)| answer.clone());
                    reply = Some(json!({ "jsonrpc": "2.0", "id": id, "result": result }));
                }
            }
            (Some(method), None) => {
                if !method.starts_with("mkwhy/") {
                    let checked = model.check_notification(method, params).map_err(|wrong| wrong.to_string());
                    received.wrong.extend(checked.err());
                }
                received.wrong.extend(backwards(params));
                if method == "textDocument/publishDiagnostics"
                    && let Some(params) = params
                {
                    let uri = params["uri"].as_str().unwrap_or_default().to_owned();
                    received.diagnostics.insert(uri, params["diagnostics"].clone());
                }
                received.notified.push(now(method));
            }
            (None, Some(id)) => self.answered(&mut received, id, message),
            (None, None) => received.wrong.push(format!("no message of the protocol: {message}")),
        }
        drop(received);
        self.inbox.changed.notify_all();
        if let Some(reply) = reply
            && let Some(stdin) = self.stdin.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
        {
            // A server that has ended takes no answers.
            let _ = wire::write(stdin, &reply);
        }
    }

    fn answered(&self, received: &mut Received, id: &Value, message: &Value) {
        if let (true, Some(code)) = (id.is_null(), message["error"]["code"].as_i64()) {
            return received.nobodys.push(code);
        }
        let Some((id, method)) = id.as_i64().and_then(|id| Some((id, received.open.remove(&id)?))) else {
            received.wrong.push(format!("an answer to no question: {message}"));
            return;
        };
        let answer = match (message.get("result"), message.get("error")) {
            (Some(result), None) => {
                if MetaModel::published().knows_request(&method) {
                    let checked = MetaModel::published().check_result(&method, result);
                    received.wrong.extend(checked.map_err(|wrong| wrong.to_string()).err());
                }
                received.wrong.extend(backwards(Some(result)));
                if method == "textDocument/documentSymbol" {
                    received.wrong.extend(odd_symbol(result));
                }
                Ok(result.clone())
            }
            (None, Some(error)) => {
                let code = error["code"].as_i64();
                let text = error["message"].as_str();
                if code.is_none() || text.is_none() {
                    received.wrong.push(format!("no error of JSON-RPC: {message}"));
                }
                Err(Failure { code: code.unwrap_or_default(), message: text.unwrap_or_default().to_owned() })
            }
            _ => {
                received.wrong.push(format!("neither a result nor an error: {message}"));
                return;
            }
        };
        received.answers.insert(id, answer);
    }
}

/// A range that ends before it starts, which the meta model cannot forbid.
fn backwards(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Array(items) => items.iter().find_map(|item| backwards(Some(item))),
        Value::Object(entries) => {
            let place = |name: &str| {
                let place = entries.get(name)?;
                Some((place.get("line")?.as_u64()?, place.get("character")?.as_u64()?))
            };
            match (place("start"), place("end")) {
                (Some(start), Some(end)) if start > end => Some(format!("a range that goes backwards: {value:?}")),
                _ => entries.values().find_map(|entry| backwards(Some(entry))),
            }
        }
        _ => None,
    }
}

/// A symbol that editors refuse, which the meta model cannot forbid: without a name, or with one outside of itself.
fn odd_symbol(symbols: &Value) -> Option<String> {
    let place = |position: &Value| (position["line"].as_u64(), position["character"].as_u64());
    symbols.as_array()?.iter().find_map(|symbol| {
        let (whole, name) = (&symbol["range"], &symbol["selectionRange"]);
        let inside = name.is_null()
            || (place(&whole["start"]) <= place(&name["start"]) && place(&name["end"]) <= place(&whole["end"]));
        let named = symbol["name"].as_str().is_some_and(|name| !name.trim().is_empty());
        if inside && named { odd_symbol(&symbol["children"]) } else { Some(format!("an odd symbol: {symbol}")) }
    })
}
