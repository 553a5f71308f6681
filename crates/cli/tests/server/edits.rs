//! Ten thousand edits in bursts, in every encoding, while Nix evaluates: the server has the client's text, and every
//! answer is one about a text that there was.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use mkwhy_tests::lsp::{Client, Encoding, Mirror, Rng, uri, whole};
use serde_json::{Value, json};

use crate::fixture::Small;
use crate::server;

const EDITS: usize = 2500;

const PIECES: [&str; 28] = [
    "é",
    "😀",
    "e\u{301}",
    "\u{feff}",
    "\r\n",
    "\n",
    "\r",
    "\n\n",
    "{",
    "}",
    ";",
    " = ",
    " ",
    "cores",
    "users",
    ".",
    "lib.mkForce ",
    "lib.mkIf (config.cores == 3) ",
    "''",
    "${",
    "\"",
    "[",
    "]",
    "# 😀\n",
    "users = [ \"é😀\" ];\n",
    "cores = lib.mkDefault 1;\r\n",
    "jobs = 2;\n",
    "config = { jobs = lib.mkForce 1; };\n",
];

/// An open file, with all texts that it had. Its versions are their places in that list.
struct Open {
    file: PathBuf,
    mirror: Mirror,
    texts: Vec<Mirror>,
    published: i64,
}

impl Open {
    fn version(&self) -> usize {
        self.texts.len() - 1
    }
}

/// A question that is not answered yet.
struct Asked {
    id: i64,
    method: &'static str,
    file: usize,
    since: usize,
}

const METHODS: [&str; 5] = [
    "textDocument/inlayHint",
    "textDocument/documentSymbol",
    "textDocument/diagnostic",
    "textDocument/codeLens",
    "textDocument/documentLink",
];

struct Typist {
    client: Client,
    rng: Rng,
    open: Vec<Open>,
    asked: Vec<Asked>,
    /// How many answers spoke of something.
    checked: usize,
}

impl Typist {
    fn new(small: &Small, encoding: Encoding, seed: u64) -> Self {
        let general = json!({ "general": { "positionEncodings": null } });
        let offered = json!({ "general": { "positionEncodings": [encoding.name()] } });
        let mut client = server(&[small.path()]).capabilities(general).capabilities(offered).run();
        assert_eq!(client.capabilities["positionEncoding"], encoding.name());
        client.wait_status(small.path(), "evaluated");
        let files = ["a.nix", "laptop.nix", "options.nix", "dos.nix"].map(|name| small.file(name));
        let open = files
            .into_iter()
            .map(|file| {
                let mirror = Mirror::new(client.open(&file), encoding);
                // Versions begin with 1.
                Open { file, texts: vec![mirror.clone(), mirror.clone()], mirror, published: 0 }
            })
            .collect();
        Self { client, rng: Rng::new(seed), open, asked: Vec::new(), checked: 0 }
    }

    /// Changes a file, by up to four changes in one message. How many there were.
    fn edit(&mut self) -> usize {
        let number = self.rng.below(self.open.len());
        let several = 1 + self.rng.below(4) * self.rng.below(2);
        let open = &mut self.open[number];
        let change = |_| match self.rng.below(30) {
            // Without this little would stand there that means anything.
            0 => open.mirror.replace(0..open.mirror.text.len(), &open.texts[0].text),
            _ => open.mirror.random_change(&mut self.rng, &PIECES),
        };
        let changes: Vec<Value> = (0..several).map(change).collect();
        open.texts.push(open.mirror.clone());
        let document = json!({ "uri": uri(&open.file), "version": open.version() });
        self.client.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
        several
    }

    fn ask(&mut self) {
        let file = self.rng.below(self.open.len());
        let method = *self.rng.one_of(&METHODS);
        let mut params = whole(&self.open[file].file);
        if method != "textDocument/inlayHint" {
            params = json!({ "textDocument": params["textDocument"] });
        }
        let since = self.open[file].version();
        let id = self.client.send_request(method, params);
        self.asked.push(Asked { id, method, file, since });
    }

    /// Looks at the answers that have come; waits for all of them where `all` is said.
    fn look(&mut self, all: bool) {
        for asked in std::mem::take(&mut self.asked) {
            let answer = if all {
                Some(self.client.answer_within(asked.id, Duration::from_secs(20)))
            } else {
                self.client.answered(asked.id)
            };
            let Some(answer) = answer else {
                self.asked.push(asked);
                continue;
            };
            let answer = answer.unwrap_or_else(|failure| panic!("{}: {failure:?}", asked.method));
            let open = &self.open[asked.file];
            let possible = &open.texts[asked.since..];
            let wrong: Vec<String> = possible.iter().map_while(|text| misfit(asked.method, &answer, text)).collect();
            assert!(
                wrong.len() < possible.len(),
                "{} of {} is about none of the {} texts since it was asked:\n{}\n{}",
                asked.method,
                open.file.display(),
                possible.len(),
                wrong.join("\n"),
                possible.last().expect("a text").text,
            );
            self.checked += usize::from(answer.as_array().is_some_and(|all| !all.is_empty()));
        }
        self.look_at_published();
    }

    fn look_at_published(&mut self) {
        for notified in self.client.take_notified() {
            if notified.method != "textDocument/publishDiagnostics" {
                continue;
            }
            let Some(open) = self.open.iter_mut().find(|open| notified.params["uri"] == uri(&open.file).as_str())
            else {
                continue;
            };
            let Some(version) = notified.params["version"].as_i64() else { continue };
            assert!(version >= open.published, "version {version} after {}", open.published);
            open.published = version;
            let text = &open.texts[usize::try_from(version).expect("a version")];
            let diagnostics = &notified.params["diagnostics"];
            let wrong = misplaced(diagnostics, text);
            assert_eq!(wrong, None, "version {version}:\n{}", text.text);
            self.checked += usize::from(diagnostics.as_array().is_some_and(|all| !all.is_empty()));
        }
    }

    /// The server's texts are the client's.
    fn compare(&mut self) {
        for open in &self.open {
            let answer = self.client.ask("mkwhy/text", json!({ "textDocument": { "uri": uri(&open.file) } }));
            assert_eq!(answer["text"].as_str(), Some(open.mirror.text.as_str()), "{}", open.file.display());
            assert_eq!(answer["version"], open.version());
        }
    }

    fn run(mut self, small: &Small) -> usize {
        let mut edits = 0;
        let mut burst = 0;
        while edits < EDITS {
            burst += 1;
            for _ in 0..=self.rng.below(60) {
                edits += self.edit();
                if self.rng.below(4) == 0 {
                    self.ask();
                }
            }
            if burst % 8 == 0 {
                // Something is saved, whatever it is by now; or a good text, so that Nix has an answer again.
                let open = &self.open[0];
                let text =
                    if burst % 16 == 0 { "{ lib, ... }:\n{ cores = lib.mkDefault 7; }\n" } else { &open.mirror.text };
                std::fs::write(small.file("a.nix"), text).expect("written");
                self.client.saved(&self.open[0].file.clone());
            }
            self.look(false);
            if burst % 5 == 0 {
                self.look(true);
                self.compare();
            }
        }
        self.look(true);
        self.compare();
        let checked = self.checked;
        self.client.end();
        checked
    }
}

/// A place of an answer that is not in a text, or where something else stands than what is named.
fn misfit(method: &str, answer: &Value, text: &Mirror) -> Option<String> {
    let mut all = answer.as_array().map(Vec::as_slice).unwrap_or_default().iter();
    let wrong = match method {
        "textDocument/inlayHint" => all.find(|hint| text.offset(&hint["position"]).is_none()),
        "textDocument/documentSymbol" => all.find(|symbol| {
            let (Some(_), Some(selected)) = (text.slice(&symbol["range"]), text.slice(&symbol["selectionRange"]))
            else {
                return true;
            };
            // Where the text is broken there are tokens in names that nobody can name.
            let selected = selected.trim_matches('.');
            let named = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic());
            let plain =
                selected.split('.').all(named) && selected.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
            let name = symbol["name"].as_str().unwrap_or_default();
            name.trim().is_empty() || (plain && !name.ends_with(selected.rsplit('.').next().unwrap_or_default()))
        }),
        "textDocument/diagnostic" => return misplaced(&answer["items"], text),
        _ => all.find(|item| text.slice(&item["range"]).is_none()),
    };
    let there = |wrong: &Value| text.slice(&wrong["selectionRange"]).map(str::to_owned);
    wrong.map(|wrong| format!("{wrong} where {:?} stands", there(wrong)))
}

/// A diagnostic whose place is not in a text.
fn misplaced(diagnostics: &Value, text: &Mirror) -> Option<String> {
    let mut all = diagnostics.as_array().into_iter().flatten();
    all.find(|diagnostic| text.slice(&diagnostic["range"]).is_none()).map(Value::to_string)
}

#[test]
fn ten_thousand_edits() {
    let began = Instant::now();
    // Another seed is another story, for looking for defects.
    let seed = std::env::var("MKWHY_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let encodings = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32, Encoding::Utf16];
    let typists: Vec<_> = encodings
        .into_iter()
        .zip(seed..)
        .map(|(encoding, seed)| {
            std::thread::spawn(move || {
                let small = Small::new();
                small.write(
                    "a.nix",
                    "{ lib, ... }:\n{\n  # é😀\n  cores = 4; users = [ \"😀\" ];\n  jobs = lib.mkDefault 8;\n}\n",
                );
                small.write("dos.nix", "{ lib, ... }:\r\n{\r\n  users = [ \"é😀\" ]; cores = 1;\r\n}\r\n");
                Typist::new(&small, encoding, seed).run(&small)
            })
        })
        .collect();
    for typist in typists {
        let checked = typist.join().expect("nothing went wrong");
        assert!(checked > 50, "only {checked} answers spoke of something");
    }
    let time = began.elapsed();
    // A fifth of that where nothing else runs.
    assert!(time < Duration::from_secs(120), "{time:?}");
}
