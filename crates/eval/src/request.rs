//! The text of the probe and of what is asked of it.

use mkwhy_model::{OptionPath, Segment};

use crate::target::quote_nix;

/// The parts of the probe, by the names under which `probe.nix` knows them. Each is a Nix expression.
const PARTS: [(&str, &str); 9] = [
    ("render", include_str!("probe/render.nix")),
    ("collect", include_str!("probe/collect.nix")),
    ("levels", include_str!("probe/levels.nix")),
    ("aliases", include_str!("probe/aliases.nix")),
    ("systems", include_str!("probe/systems.nix")),
    ("paths", include_str!("probe/paths.nix")),
    ("facts", include_str!("probe/facts.nix")),
    ("cascade", include_str!("probe/cascade.nix")),
    ("explore", include_str!("probe/explore.nix")),
];
const PROBE: &str = include_str!("probe/probe.nix");

/// How much of a value is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// Nesting.
    pub depth: u32,
    /// Entries of a list or set at the top; fewer further in.
    pub width: u32,
    /// Bytes of a string.
    pub text: u32,
    /// Parts of a value that is shown whole or not at all; `None` for any number.
    pub nodes: Option<u32>,
}

/// One run's question.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    pub budget: Budget,
    /// Options asked for by name.
    pub paths: &'a [OptionPath],
    /// List every setting of chosen files.
    pub explore: bool,
    /// Path prefixes of the chosen files; `None` for all.
    pub own: Option<&'a [String]>,
    /// Look into submodules and attribute sets.
    pub deep: bool,
    /// Labels of what failed before.
    pub skip: &'a [String],
    /// Leave out declarations and types.
    pub brief: bool,
    /// Leave out all values.
    pub places: bool,
    /// Only the values that options end up with, and which modules there are.
    pub finals: bool,
    /// Also what the rules want to know.
    pub judge: bool,
    /// Evaluate although definitions exist that no option takes.
    pub unchecked: bool,
    /// Tell each answer on the way, from this one on.
    pub stream_from: Option<usize>,
    /// Evaluate only the value at the first path, uncaught, for its message.
    pub explain: bool,
}

impl Request<'_> {
    /// The function for `--apply`.
    pub(crate) fn expression(&self) -> String {
        let mut text = String::with_capacity(64 * 1024);
        text.push_str("configuration: (");
        text.push_str(&without_comments(PROBE));
        text.push_str(") { ");
        for (name, part) in PARTS {
            text.push_str(&format!("{name} = ({}); ", without_comments(part)));
        }
        let Budget { depth, width, text: length, nodes } = self.budget;
        let nodes = nodes.map_or_else(|| "null".to_owned(), |nodes| nodes.to_string());
        text.push_str(&format!(
            "}} {{ budget = {{ depth = {depth}; width = {width}; text = {length}; nodes = {nodes}; }}; paths = [ {} ]; explore = {}; own = {}; deep = {}; skip = {}; brief = {}; places = {}; finals = {}; judge = {}; unchecked = {}; stream = {}; from = {}; explain = {}; }} configuration",
            self.paths.iter().map(path).collect::<Vec<_>>().join(" "),
            self.explore,
            self.own.map_or_else(|| "null".to_owned(), strings),
            self.deep,
            strings(self.skip),
            self.brief,
            self.places,
            self.finals,
            self.judge,
            self.unchecked,
            self.stream_from.is_some(),
            self.stream_from.unwrap_or_default(),
            self.explain,
        ));
        text
    }
}

/// Comments need not travel. In the probe they stand on lines of their own, and never inside strings.
fn without_comments(text: &str) -> String {
    text.lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn string(text: &str) -> String {
    format!("\"{}\"", quote_nix(text))
}

fn strings(list: &[String]) -> String {
    format!("[ {} ]", list.iter().map(|text| string(text)).collect::<Vec<_>>().join(" "))
}

fn path(path: &OptionPath) -> String {
    let segments = path.segments().iter().map(|segment| match segment {
        Segment::Name(name) => string(name),
        Segment::Index(index) => index.to_string(),
    });
    format!("[ {} ]", segments.collect::<Vec<_>>().join(" "))
}
