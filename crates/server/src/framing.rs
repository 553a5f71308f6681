//! The messages of the input, one by one: what is none costs an answer with an error, and not the session.

use serde_json::{Value, json};
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tower_lsp::jsonrpc::{Error, Request, Response};

use crate::lenient::Ending;

/// The method of the request that stands for what is no message. Its parameter is the code of the error that answers it.
pub(crate) const NO_MESSAGE: &str = "$/mkwhy/noMessage";

/// Longer headers, and longer messages, are not waited for.
const LONGEST_HEADER: usize = 4 << 10;
const LONGEST_BODY: usize = 256 << 20;

/// Passes on the messages of the input up to `exit`, after which what is under way is still answered.
pub(crate) async fn messages(input: impl AsyncRead + Unpin, mut output: impl AsyncWrite + Unpin, ending: &Ending) {
    let mut input = BufReader::new(input);
    while let Some(body) = next(&mut input).await {
        let body = body.unwrap_or_default();
        let replaced = checked(&body);
        let method = |it: &Request| it.method().to_owned();
        let method = replaced.is_none().then(|| serde_json::from_slice(&body).as_ref().map(method).ok()).flatten();
        if method.as_deref() == Some("exit") {
            ending.exit.notify_one();
            break;
        }
        let body = replaced.as_deref().unwrap_or(&body);
        let header = format!("Content-Length: {}\r\n\r\n", body.len());
        let written = output.write_all(header.as_bytes()).await.and(output.write_all(body).await);
        if written.is_err() {
            break;
        }
    }
    let _ = output.shutdown().await;
}

/// What to pass on instead of a body that is no message; `None` for one that is.
fn checked(body: &[u8]) -> Option<Vec<u8>> {
    if serde_json::from_slice::<Request>(body).is_ok_and(|request| !request.method().is_empty())
        || serde_json::from_slice::<Response>(body).is_ok()
    {
        return None;
    }
    let (id, error) = match serde_json::from_slice::<Value>(body) {
        Ok(value) => (value.get("id").filter(|id| id.is_number() || id.is_string()).cloned(), Error::invalid_request()),
        Err(_) => (None, Error::parse_error()),
    };
    tracing::warn!(bytes = body.len(), code = error.code.code(), "what was received is no message");
    let instead = json!({ "jsonrpc": "2.0", "id": id, "method": NO_MESSAGE, "params": [error.code.code()] });
    Some(instead.to_string().into_bytes())
}

/// The body of the next message; `Some(None)` where a header has no length that can be believed, and `None` at the end.
async fn next(input: &mut (impl AsyncBufRead + Unpin)) -> Option<Option<Vec<u8>>> {
    let mut length: Option<usize> = None;
    let mut any = false;
    loop {
        let mut line = Vec::new();
        let read = (&mut *input).take(LONGEST_HEADER as u64).read_until(b'\n', &mut line).await;
        if read.ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            // Blank lines between messages are nobody's.
            if any { break } else { continue }
        }
        any = true;
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok().filter(|length| *length <= LONGEST_BODY);
        }
    }
    let Some(length) = length else { return Some(None) };
    let mut body = Vec::new();
    // What is announced is not believed before it is there.
    let read = input.take(length as u64).read_to_end(&mut body).await.ok()?;
    (read == length).then_some(Some(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bodies that are passed on.
    fn passed(input: &[u8]) -> Vec<Value> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut output = Vec::new();
        runtime.block_on(messages(input, &mut output, &Ending::default()));
        let mut rest = output.as_slice();
        runtime.block_on(async {
            let mut bodies = Vec::new();
            while let Some(Some(body)) = next(&mut rest).await {
                bodies.push(serde_json::from_slice(&body).expect("JSON"));
            }
            bodies
        })
    }

    fn framed(body: &[u8]) -> Vec<u8> {
        [format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    }

    #[test]
    fn what_is_no_message_is_replaced_and_the_next_one_is_not_lost() {
        let good = br#"{"jsonrpc":"2.0","id":1,"method":"a"}"#;
        let answer = br#"{"jsonrpc":"2.0","id":7,"result":null}"#;
        let none = |id: Value, code: i64| json!({ "jsonrpc": "2.0", "id": id, "method": NO_MESSAGE, "params": [code] });
        let good_value: Value = serde_json::from_slice(good).expect("JSON");
        for (bad, expected) in [
            (framed(b"{\"jsonrpc\":"), none(Value::Null, -32700)),
            (framed(b"\xff\xfe"), none(Value::Null, -32700)),
            (framed(b""), none(Value::Null, -32700)),
            (framed(b"[]"), none(Value::Null, -32600)),
            (framed(b"{\"jsonrpc\":\"1.0\",\"id\":3,\"method\":\"a\"}"), none(json!(3), -32600)),
            (b"Content-Length: many\r\n\r\n".to_vec(), none(Value::Null, -32700)),
            (b"Content-Type: x\r\n\r\n".to_vec(), none(Value::Null, -32700)),
        ] {
            let input = [bad.clone(), framed(good), framed(answer)].concat();
            let passed = passed(&input);
            assert_eq!(passed.len(), 3, "{}: {passed:?}", String::from_utf8_lossy(&bad));
            assert_eq!((&passed[0], &passed[1]), (&expected, &good_value));
        }
    }

    #[test]
    fn nothing_behind_exit_is_read() {
        let exit = framed(br#"{"jsonrpc":"2.0","method":"exit"}"#);
        let good = framed(br#"{"jsonrpc":"2.0","id":1,"method":"a"}"#);
        assert_eq!(passed(&[good.clone(), exit, good].concat()).len(), 1);
        assert_eq!(passed(b"\r\nContent-length:2\n\n{").len(), 0, "cut off");
    }
}
