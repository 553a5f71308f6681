//! Messages with their header, as the base protocol has them.

use std::io::{self, BufRead, Write};

use serde_json::Value;

/// The next message; `None` at the end of the stream.
///
/// # Errors
/// If there is anything else than messages.
pub(super) fn read(from: &mut impl BufRead) -> io::Result<Option<Value>> {
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut length = None;
    let mut first = true;
    loop {
        let mut line = Vec::new();
        from.read_until(b'\n', &mut line)?;
        if line.is_empty() && first {
            return Ok(None);
        }
        first = false;
        let line = String::from_utf8(line).map_err(|_| wrong("a header that is no text".into()))?;
        let Some(line) = line.strip_suffix("\r\n") else {
            return Err(wrong(format!("no header of the protocol: {line:?}")));
        };
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some(("Content-Length", number)) => {
                length = Some(number.parse::<usize>().map_err(|_| wrong(format!("no length: {number:?}")))?);
            }
            Some(("Content-Type", _)) => {}
            _ => return Err(wrong(format!("no header of the protocol: {line:?}"))),
        }
    }
    let mut body = vec![0; length.ok_or_else(|| wrong("a message without a length".into()))?];
    from.read_exact(&mut body)?;
    serde_json::from_slice(&body).map(Some).map_err(|error| wrong(format!("no JSON: {error}")))
}

pub(super) fn write(to: &mut impl Write, message: &Value) -> io::Result<()> {
    let body = message.to_string();
    write!(to, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    to.flush()
}
