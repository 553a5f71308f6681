//! Standard input and output for the language server.
//!
//! Pipes and sockets, which editors give, are waited for like everything else that is waited for. Of what cannot be waited
//! for (a file, a terminal, other systems than Unix) threads read and write: each message takes two changes of threads more.

use tokio::io::{AsyncRead, AsyncWrite};

/// Standard input.
pub(super) fn input() -> Box<dyn AsyncRead + Unpin> {
    #[cfg(unix)]
    if let Some(input) = unix::input() {
        return input;
    }
    Box::new(tokio::io::stdin())
}

/// Standard output.
pub(super) fn output() -> Box<dyn AsyncWrite + Unpin> {
    #[cfg(unix)]
    if let Some(output) = unix::output() {
        return output;
    }
    Box::new(tokio::io::stdout())
}

#[cfg(unix)]
mod unix {
    use std::os::fd::{AsFd, OwnedFd};

    use rustix::fs::{FileType, fstat};
    use tokio::io::{AsyncRead, AsyncWrite};
    use tokio::net::UnixStream;
    use tokio::net::unix::pipe;

    pub(super) fn input() -> Option<Box<dyn AsyncRead + Unpin>> {
        let own = std::io::stdin().as_fd().try_clone_to_owned().ok()?;
        match kind(&own)? {
            FileType::Fifo => Some(Box::new(pipe::Receiver::from_owned_fd(own).ok()?)),
            FileType::Socket => Some(Box::new(socket(own)?)),
            _ => None,
        }
    }

    pub(super) fn output() -> Option<Box<dyn AsyncWrite + Unpin>> {
        let own = std::io::stdout().as_fd().try_clone_to_owned().ok()?;
        match kind(&own)? {
            FileType::Fifo => Some(Box::new(pipe::Sender::from_owned_fd(own).ok()?)),
            FileType::Socket => Some(Box::new(socket(own)?)),
            _ => None,
        }
    }

    fn kind(of: &OwnedFd) -> Option<FileType> {
        Some(FileType::from_raw_mode(fstat(of).ok()?.st_mode))
    }

    fn socket(own: OwnedFd) -> Option<UnixStream> {
        let stream = std::os::unix::net::UnixStream::from(own);
        // Not of the network's.
        stream.local_addr().ok()?;
        stream.set_nonblocking(true).ok()?;
        UnixStream::from_std(stream).ok()
    }
}
