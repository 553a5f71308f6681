//! What was found before, so that only what is new is reported.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use mkwhy_model::{Checked, Finding, Findings, Knowledge, Position};
use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::error::{Error, ErrorKind};
use crate::texts::{FileText, Texts};

/// What makes a finding the same one after the lines around it have changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The file.
    pub file: String,
    /// The rule.
    pub code: String,
    /// The option.
    pub option: Option<String>,
    /// A hash of the first line that is written there, without its spaces.
    pub text: String,
}

impl Fingerprint {
    /// The fingerprint of a finding in a text. Of a value over many lines only the first one counts, so that a list
    /// may grow; the message does not count at all, because it names lines of other files.
    pub fn of(finding: &Finding, text: Option<&FileText>) -> Self {
        let region = text.and_then(|text| Some(&text.text()[text.region(&finding.site)?]));
        let line = region.unwrap_or_default().trim_start().lines().next().unwrap_or_default();
        Self {
            file: finding.site.at.file.clone(),
            code: finding.code.clone(),
            option: finding.option.as_ref().map(ToString::to_string),
            text: hash(std::iter::once(line.split_whitespace().collect::<String>().as_str())),
        }
    }

    /// All of it as one short word.
    pub fn word(&self) -> String {
        let option = self.option.as_deref().unwrap_or_default();
        hash([self.file.as_str(), &self.code, option, &self.text].into_iter())
    }

    /// The fingerprints of some findings, in their order.
    pub fn all(findings: &[Finding], texts: &Texts) -> Vec<Self> {
        findings.iter().map(|finding| Self::of(finding, texts.get(&finding.site.at.file))).collect()
    }
}

/// FNV-1a of some parts. The standard library's hashes may change with its version, and these are kept in files.
fn hash<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        // 0xff is in no text: it ends a part.
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// The findings that a configuration had when its baseline was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The targets that were checked.
    targets: Vec<String>,
    /// Whether Nix evaluated them.
    evaluated: bool,
    /// How many there were of each.
    findings: BTreeMap<Fingerprint, usize>,
}

/// The file as it is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    targets: Vec<String>,
    evaluated: bool,
    findings: Vec<Entry>,
    #[serde(rename = "version")]
    _version: u32,
}

/// One finding of the file, or several equal ones.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    fingerprint: Fingerprint,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

/// What is read first, whatever the rest is like.
#[derive(Debug, Deserialize)]
struct AnyVersion {
    version: u32,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

impl Baseline {
    /// The version of the file's format.
    const VERSION: u32 = 1;

    /// The baseline that knows these findings.
    pub fn of(findings: &Findings, texts: &Texts) -> Self {
        let mut known = BTreeMap::new();
        for fingerprint in Fingerprint::all(&findings.findings, texts) {
            *known.entry(fingerprint).or_default() += 1;
        }
        Self {
            targets: findings.targets.iter().map(|checked| checked.target.clone()).collect(),
            evaluated: findings.targets.iter().all(is_evaluated),
            findings: known,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is not there, or is no baseline of a version that is understood.
    pub fn read(file: &Path) -> Result<Self, Error> {
        let name = file.display();
        let anew = format!("`mkwhy check --write-baseline {name}` writes one");
        let text = fs::read_to_string(file).map_err(|wrong| {
            Error::new(ErrorKind::Usage, format!("the baseline {name} cannot be read: {wrong}")).with_help(&anew)
        })?;
        let broken = |wrong: &serde_json::Error| {
            let line = u32::try_from(wrong.line()).ok().filter(|line| *line > 0);
            Error::new(ErrorKind::Usage, format!("{name} is no baseline: {wrong}"))
                .with_place(Position { file: name.to_string(), line, column: None })
                .with_help(format!("bring the file back from version control; {anew} anew"))
        };
        let AnyVersion { version } = serde_json::from_str(&text).map_err(|wrong| broken(&wrong))?;
        if version != Self::VERSION {
            let message = format!("the baseline {name} has version {version}, and this mkwhy reads {}", Self::VERSION);
            return Err(Error::new(ErrorKind::Usage, message).with_help(format!("{anew} anew")));
        }
        let document: Document = serde_json::from_str(&text).map_err(|wrong| broken(&wrong))?;
        let mut findings = BTreeMap::new();
        for entry in document.findings {
            *findings.entry(entry.fingerprint).or_default() += entry.count;
        }
        Ok(Self { targets: document.targets, evaluated: document.evaluated, findings })
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    /// If that is not possible.
    pub fn write(&self, file: &Path) -> Result<(), Error> {
        replace(file, &self.text()).map_err(|wrong| {
            Error::new(ErrorKind::Usage, format!("the baseline {} cannot be written: {wrong}", file.display()))
                .with_help("name a file in a folder that you may write to")
        })
    }

    /// The text of the file: one finding a line, sorted, so that a difference of two is easily read.
    fn text(&self) -> String {
        let entries = self.findings.iter().map(|(fingerprint, count)| {
            let entry = Entry { fingerprint: fingerprint.clone(), count: *count };
            format!("    {}", json(&entry))
        });
        let entries: Vec<String> = entries.collect();
        let list = if entries.is_empty() { String::new() } else { format!("\n{}\n  ", entries.join(",\n")) };
        format!(
            "{{\n  \"version\": {},\n  \"targets\": {},\n  \"evaluated\": {},\n  \"findings\": [{list}]\n}}\n",
            Self::VERSION,
            json(&self.targets),
            self.evaluated
        )
    }

    /// How many findings it knows.
    pub fn len(&self) -> usize {
        self.findings.values().sum()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Takes out what it knows, and gives what it knows that is no longer found. Of equal findings it takes as many as
    /// it has; the others are new.
    pub fn leave_out(&self, findings: &mut Findings, texts: &Texts, check: &Check) -> Gone {
        let mut left = self.findings.clone();
        let mut fingerprints = Fingerprint::all(&findings.findings, texts).into_iter();
        let before = findings.findings.len();
        findings.findings.retain(|_| {
            let known = fingerprints.next().and_then(|fingerprint| left.get_mut(&fingerprint));
            let Some(count) = known.filter(|count| **count > 0) else { return true };
            *count -= 1;
            false
        });
        findings.known += before - findings.findings.len();
        // What was not looked for is not gone.
        left.retain(|fingerprint, count| {
            *count > 0 && (check.only.is_empty() || check.only.contains(&fingerprint.code))
        });
        if !self.looked_at_by(findings) {
            left.clear();
        }
        Gone(left)
    }

    /// Whether a check looked at all that this one was written of, and as well.
    fn looked_at_by(&self, findings: &Findings) -> bool {
        self.targets.iter().all(|target| {
            let checked = findings.targets.iter().find(|checked| checked.target == *target);
            checked.is_some_and(|checked| is_evaluated(checked) || (!self.evaluated && checked.failure().is_none()))
        })
    }
}

/// Findings that a baseline knows and that are no longer there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gone(BTreeMap<Fingerprint, usize>);

impl Gone {
    /// A sentence about them, if there are any.
    pub fn note(&self, file: &Path) -> Option<String> {
        let number: usize = self.0.values().sum();
        let first = self.0.keys().next()?;
        let option = first.option.as_ref().map(|option| format!(" of `{option}`")).unwrap_or_default();
        let example = format!("{}{option} in {}", first.code, first.file);
        let found = match number {
            1 => format!("a finding that the baseline knows is gone: {example}"),
            _ => format!("{number} findings that the baseline knows are gone, the first is {example}"),
        };
        Some(format!("{found}; `--write-baseline {}` takes what is gone out of it", file.display()))
    }
}

fn is_evaluated(checked: &Checked) -> bool {
    matches!(checked.known, Knowledge::Evaluated | Knowledge::Stale)
}

fn json(value: &impl Serialize) -> String {
    // Plain strings and numbers always become JSON.
    serde_json::to_string(value).unwrap_or_default()
}

/// Puts a text into the place of a file by way of another one beside it.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    // A link stays one; what is there and is no file (`/dev/stdout`) is not replaced by one.
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let permissions = match fs::metadata(&file) {
        Ok(there) if !there.is_file() => return Err(io::Error::other("it is no regular file")),
        Ok(there) => Some(there.permissions()),
        Err(_) => None,
    };
    let name = file.file_name().ok_or_else(|| io::Error::other("it is no regular file"))?;
    let temporary = file.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let written = fs::File::create_new(&temporary).and_then(|mut new| {
        new.write_all(text.as_bytes())?;
        permissions.map_or(Ok(()), |permissions| new.set_permissions(permissions))?;
        new.sync_all()?;
        fs::rename(&temporary, &file)
    });
    if written.is_err() {
        // The first failure is the one that is told.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use mkwhy_model::{Level, Message, Site};

    use super::*;

    const TEXT: &str = "{\n  a = 1;\n  b = [\n    1\n  ];\n}\n";

    fn finding(code: &str, file: &str, line: u32) -> Finding {
        Finding {
            code: code.into(),
            level: Level::Warning,
            message: format!("line {line}"),
            option: Some("a.b".parse().expect("a path")),
            site: Site { at: Position { file: file.into(), line: Some(line), column: None }, span: None },
            related: Vec::new(),
            targets: vec!["forge".into()],
            everywhere: true,
            certain: true,
            tag: None,
        }
    }

    fn checked(target: &str, known: Knowledge) -> Checked {
        Checked { target: target.into(), known, trace: Vec::new(), help: None }
    }

    fn findings(findings: Vec<Finding>) -> Findings {
        let targets = vec![checked("forge", Knowledge::Evaluated)];
        Findings { findings, targets, allowed: 0, known: 0, notes: Vec::new() }
    }

    fn texts() -> Texts {
        Texts::from([("a.nix", TEXT)])
    }

    fn print(line: u32, text: &str) -> Fingerprint {
        Fingerprint::of(&finding("x", "a.nix", line), Some(&FileText::new(text)))
    }

    #[test]
    fn a_fingerprint_survives_what_happens_around_it() {
        assert_eq!(print(2, TEXT), print(4, "# new\n\n{\n\ta=1;\r\n  }"));
        assert_eq!(print(3, TEXT), print(3, &TEXT.replace("    1\n", "    1\n    2\n")), "the list grew");
        assert_ne!(print(2, TEXT), print(2, &TEXT.replace("a = 1", "a = 2")));
        let of = |finding: &Finding| Fingerprint::of(finding, Some(&FileText::new(TEXT)));
        let one = finding("x", "a.nix", 2);
        assert_eq!(of(&one), of(&Finding { message: "other".into(), level: Level::Error, ..one.clone() }));
        let others = [
            finding("y", "a.nix", 2),
            finding("x", "b.nix", 2),
            Finding { option: None, ..one.clone() },
            finding("x", "a.nix", 3),
        ];
        for other in &others {
            assert_ne!(of(&one), of(other));
            assert_ne!(of(&one).word(), of(other).word());
        }
    }

    /// The words are kept in files and by code scanning services: they must not change with a version of mkwhy.
    #[test]
    fn a_word_is_always_the_same() {
        assert_eq!(print(2, TEXT).text, "23b7bf33adb0cf38");
        assert_eq!(print(2, TEXT).word(), "656eeeaafcb92001");
    }

    #[test]
    fn equal_findings_are_counted() {
        let twice = || findings(vec![finding("x", "a.nix", 2), finding("x", "a.nix", 2)]);
        let baseline = Baseline::of(&findings(vec![finding("x", "a.nix", 2)]), &texts());
        let mut now = twice();
        let gone = baseline.leave_out(&mut now, &texts(), &Check::default());
        assert_eq!((now.findings.len(), now.known, gone), (1, 1, Gone::default()));
        let mut now = twice();
        Baseline::of(&twice(), &texts()).leave_out(&mut now, &texts(), &Check::default());
        assert_eq!((now.findings.len(), now.known), (0, 2));
    }

    #[track_caller]
    fn check_gone(now: &mut Findings, check: &Check, expected: Option<&str>) {
        let before = findings(vec![finding("x", "a.nix", 2), finding("y", "a.nix", 3), finding("y", "a.nix", 3)]);
        let gone = Baseline::of(&before, &texts()).leave_out(now, &texts(), check);
        assert_eq!(gone.note(Path::new("known.json")).as_deref(), expected);
    }

    #[test]
    fn what_is_gone_is_named() {
        let only = |code: &str| Check { only: vec![code.into()], ..Check::default() };
        let all = Check::default();
        let one = "a finding that the baseline knows is gone: x of `a.b` in a.nix; \
                   `--write-baseline known.json` takes what is gone out of it";
        let three = "3 findings that the baseline knows are gone, the first is x of `a.b` in a.nix; \
                     `--write-baseline known.json` takes what is gone out of it";
        check_gone(&mut findings(Vec::new()), &all, Some(three));
        check_gone(&mut findings(Vec::new()), &only("x"), Some(one));
        let two = || vec![finding("y", "a.nix", 3), finding("y", "a.nix", 3)];
        check_gone(&mut findings(two()), &all, Some(one));
        check_gone(&mut findings(two()), &only("y"), None);
    }

    #[test]
    fn what_was_not_looked_at_is_not_gone() {
        let mut other = findings(Vec::new());
        other.targets = vec![checked("laptop", Knowledge::Evaluated)];
        check_gone(&mut other, &Check::default(), None);
        for because in [None, Some(Message::new("no"))] {
            other.targets = vec![checked("forge", Knowledge::Syntax { because })];
            check_gone(&mut other, &Check::default(), None);
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("known.json");
        for known in [vec![], vec![finding("y", "b.nix", 9), finding("x", "a.nix", 2), finding("x", "a.nix", 2)]] {
            let baseline = Baseline::of(&findings(known), &texts());
            baseline.write(&file).expect("written");
            assert_eq!(Baseline::read(&file).expect("read"), baseline);
        }
        let text = fs::read_to_string(&file).expect("read");
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("a.b")).map(str::trim).collect();
        assert_eq!(lines.len(), 2, "one finding a line\n{text}");
        assert!(lines[0].starts_with(r#"{"file":"a.nix","code":"x","option":"a.b","text":""#), "{text}");
        assert!(lines[0].ends_with(r#","count":2},"#) && !lines[1].contains("count"), "{text}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one_and_a_device_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        fs::write(&file, "old").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        let baseline = Baseline::of(&findings(Vec::new()), &texts());
        baseline.write(&link).expect("written");
        assert_eq!(Baseline::read(&file).expect("read"), baseline);
        assert!(link.is_symlink());
        let wrong = baseline.write(folder.path()).expect_err("a folder");
        assert!(wrong.to_string().ends_with("cannot be written: it is no regular file"), "{wrong}");
    }

    #[test]
    fn a_file_that_is_no_baseline() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("known.json");
        let read = |text: &str| {
            fs::write(&file, text).expect("written");
            Baseline::read(&file).expect_err("no baseline")
        };
        let wrong = read("{\n \"version\": 1,\n <<<<<<<\n");
        assert_eq!(wrong.at().and_then(|at| at.line), Some(3), "{wrong}");
        assert!(wrong.help().is_some_and(|help| help.contains("--write-baseline")), "{wrong:?}");
        let wrong = read(r#"{"version": 2}"#);
        assert!(wrong.to_string().ends_with("has version 2, and this mkwhy reads 1"), "{wrong}");
        assert!(read(r#"{"version": 1, "findings": 3}"#).to_string().contains("is no baseline: "));
        let missing = Baseline::read(&folder.path().join("missing.json")).expect_err("no file");
        assert!(missing.to_string().contains("missing.json cannot be read: No such file"), "{missing}");
        assert!(missing.help().is_some_and(|help| help.contains("--write-baseline")), "{missing:?}");
    }
}
