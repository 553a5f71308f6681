//! What is done about messages, by theme. Requests whose answer stands in `features` are answered in `backend`.

mod custom;
mod documents;
mod session;
