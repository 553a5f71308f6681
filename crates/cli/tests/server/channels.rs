//! What the server reads and writes may be more than pipes.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

fn session() -> String {
    let initialize = json!({ "capabilities": {}, "processId": null, "rootUri": null });
    let messages = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize }),
        json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "shutdown" }),
        json!({ "jsonrpc": "2.0", "method": "exit" }),
    ];
    messages.iter().map(Value::to_string).map(|text| format!("Content-Length: {}\r\n\r\n{text}", text.len())).collect()
}

#[track_caller]
fn serve(input: impl Into<Stdio>, output: impl Into<Stdio>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mkwhy"));
    command.arg("lsp").stdin(input).stdout(output).stderr(Stdio::null());
    let mut server = command.spawn().expect("it starts");
    assert!(server.wait().expect("it ends").success());
}

#[track_caller]
fn check(said: &str) {
    for id in [1, 2] {
        assert!(said.contains(&format!("\"id\":{id}")), "{said}");
    }
}

/// Node gives its children sockets.
#[test]
fn sockets() {
    let (mut own, input) = UnixStream::pair().expect("sockets");
    let (mut answers, output) = UnixStream::pair().expect("sockets");
    own.write_all(session().as_bytes()).expect("written");
    serve(OwnedFd::from(input), OwnedFd::from(output));
    let mut said = String::new();
    answers.read_to_string(&mut said).expect("read");
    check(&said);
}

#[test]
fn one_socket_for_both() {
    let (mut own, both) = UnixStream::pair().expect("sockets");
    own.write_all(session().as_bytes()).expect("written");
    serve(OwnedFd::from(both.try_clone().expect("another")), OwnedFd::from(both));
    let mut said = String::new();
    own.read_to_string(&mut said).expect("read");
    check(&said);
}

#[test]
fn files() {
    let mut input = tempfile::tempfile().expect("a file");
    let mut output: File = tempfile::tempfile().expect("a file");
    input.write_all(session().as_bytes()).expect("written");
    input.seek(SeekFrom::Start(0)).expect("its beginning");
    serve(input, output.try_clone().expect("another"));
    let mut said = String::new();
    output.seek(SeekFrom::Start(0)).expect("its beginning");
    output.read_to_string(&mut said).expect("read");
    check(&said);
}
