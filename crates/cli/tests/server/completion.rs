//! Completion: names and values of the target's options, wherever somebody types, and nothing anywhere else.

use std::path::Path;

use mkwhy_tests::lsp::{Client, Encoding, Mirror, uri};
use serde_json::json;

use crate::fixture::Small;
use crate::server;

const OPTIONS: &str = r#"{ lib, ... }:
{
  options.cores = lib.mkOption { type = lib.types.int; };
  options.jobs = lib.mkOption { type = lib.types.int; default = 1; };
  options.users = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; };
  options.mode = {
    kind = lib.mkOption { type = lib.types.enum [ "fast" "slow \"2\"" ]; default = "fast"; };
    level = lib.mkOption { type = lib.types.nullOr (lib.types.enum [ 1 2 ]); default = null; };
    all = lib.mkOption { type = lib.types.listOf (lib.types.enum [ "fast" ]); default = [ ]; };
    on = lib.mkEnableOption "it" // { default = true; };
    more = lib.mkEnableOption "it" // { type = lib.types.enum [ "much" ]; default = "much"; };
    "a b" = lib.mkOption { type = lib.types.bool; default = false; };
  };
  options.people = lib.mkOption {
    default = { };
    type = lib.types.attrsOf (lib.types.submodule {
      options.shell = lib.mkOption { type = lib.types.enum [ "bash" "zsh" ]; default = "bash"; };
      options.name = lib.mkOption { type = lib.types.str; default = ""; };
    });
  };
}
"#;

/// A client that types into one file.
struct Typist {
    client: Client,
    file: std::path::PathBuf,
    encoding: Encoding,
    version: i32,
}

impl Typist {
    fn new(small: &Small, encoding: Encoding, evaluate: &str) -> Self {
        small.write("options.nix", OPTIONS);
        let offered = json!({ "general": { "positionEncodings": [encoding.name()] } });
        let start = server(&[small.path()]).capabilities(offered).options(json!({ "evaluate": evaluate }));
        let mut client = start.run();
        let file = small.file("laptop.nix");
        client.open(&file);
        Self { client, file, encoding, version: 1 }
    }

    /// What is offered at `|` of a text, and the texts that come of it.
    #[track_caller]
    fn offered(&mut self, text: &str) -> Vec<(String, String)> {
        let file = self.file.clone();
        self.offered_in(&file, text)
    }

    #[track_caller]
    fn offered_in(&mut self, file: &Path, text: &str) -> Vec<(String, String)> {
        let offset = text.find('|').expect("a place");
        let mirror = Mirror::new(text.replacen('|', "", 1), self.encoding);
        self.version += 1;
        self.client.change(file, self.version, &mirror.text);
        let place = json!({ "textDocument": { "uri": uri(file) }, "position": mirror.position(offset) });
        let found = self.client.ask("textDocument/completion", place);
        let offered = found.as_array().into_iter().flatten().map(|item| {
            let range = &item["textEdit"]["range"];
            assert_eq!(range["start"]["line"], range["end"]["line"], "an editor completes in one line: {item}");
            let end = |name: &str| mirror.offset(&range[name]).expect("a position of the text");
            let (start, end) = (end("start"), end("end"));
            assert!(start <= offset && offset <= end, "what is typed is typed over: {item}");
            let new = item["textEdit"]["newText"].as_str().expect("a text");
            assert_eq!(item["label"], new);
            // What an editor compares with what is there has to begin like it.
            let typed = &mirror.text[start..offset];
            let compared = item["filterText"].as_str().expect("a text");
            let is_quoted = typed.starts_with('"');
            assert!(typed.is_empty() || is_quoted == compared.starts_with('"'), "{typed}: {item}");
            (new.to_owned(), format!("{}{new}{}", &mirror.text[..start], &mirror.text[end..]))
        });
        offered.collect()
    }

    /// Whether these are offered, and what the first one makes of the text has this.
    #[track_caller]
    fn offers(&mut self, text: &str, wanted: &[&str], becomes: &str) {
        let offered = self.offered(text);
        let names: Vec<&str> = offered.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, wanted, "{text}");
        assert!(offered[0].1.contains(becomes), "{text} becomes {}", offered[0].1);
    }
}

const MODE: &[&str] = &["\"a b\"", "all", "kind", "level", "more", "on"];
const KINDS: &[&str] = &["\"fast\"", "\"slow \\\"2\\\"\""];

#[test]
fn names_and_values_that_can_be_typed() {
    let small = Small::new();
    let mut typist = Typist::new(&small, Encoding::Utf16, "command");
    let head = "{ config, lib, ... }:\n";
    for (text, wanted, becomes) in [
        ("{\n  mode.|\n}\n", MODE, "mode.\"a b\"\n}"),
        ("{ mode.| }\n", MODE, "{ mode.\"a b\" }"),
        ("{\n  mode.|\n  cores = 3;\n}\n", MODE, "mode.\"a b\"\n"),
        ("{\n  mode.le|\n  cores = 3;\n}\n", MODE, "mode.\"a b\"\n"),
        ("{\n  mode.le|vel = 3;\n}\n", MODE, "mode.\"a b\" = 3;"),
        ("{\n  mode.\"l|\" = 3;\n}\n", MODE, "mode.\"a b\" = 3;"),
        ("{\n  mode = { | };\n}\n", MODE, "mode = { \"a b\" };"),
        ("{\n  mode = lib.mkIf config.on { | };\n}\n", MODE, "{ \"a b\" };"),
        ("{\n  config = { mode.| };\n}\n", MODE, "config = { mode.\"a b\" };"),
        ("{\n  cores = config.mode.|;\n}\n", MODE, "config.mode.\"a b\";"),
        ("{\n  cores = config.mode.\n  jobs = (1;\n  mode.|\n", MODE, "  mode.\"a b\"\n"),
        ("{\n  |\n}\n", &["cores", "jobs", "mode", "people", "users"], "{\n  cores\n}"),
        ("{\n  config = { | };\n}\n", &["cores", "jobs", "mode", "people", "users"], "config = { cores };"),
        ("{\n  cores = config.|;\n}\n", &["cores", "jobs", "mode", "people", "users"], "config.cores;"),
        ("{\n  people.ada.|\n}\n", &["name", "shell"], "people.ada.name\n"),
        ("{\n  people.\"a.b\".|\n}\n", &["name", "shell"], "people.\"a.b\".name\n"),
        ("{\n  people = { ada = { | }; };\n}\n", &["name", "shell"], "ada = { name };"),
        ("{\n  mode.kind = |;\n}\n", KINDS, "kind = \"fast\";"),
        ("{\n  mode.kind = |\n  cores = 3;\n}\n", KINDS, "kind = \"fast\"\n"),
        ("{\n  mode.kind = \"sl|\";\n}\n", KINDS, "kind = \"fast\";"),
        ("{\n  mode.kind = lib.mkForce |;\n}\n", KINDS, "lib.mkForce \"fast\";"),
        ("{\n  mode.kind = lib.mkIf config.on (lib.mkForce |);\n}\n", KINDS, "(lib.mkForce \"fast\");"),
        ("{\n  mode.kind = lib.mkMerge [ | ];\n}\n", KINDS, "[ \"fast\" ];"),
        ("{\n  mode.kind = if config.on then | else \"fast\";\n}\n", KINDS, "then \"fast\" else"),
        ("{\n  mode.level = |;\n}\n", &["null", "1", "2"], "level = null;"),
        ("{\n  mode.on = t|;\n}\n", &["true", "false"], "on = true;"),
        ("{\n  mode.more = |;\n}\n", &["\"much\""], "more = \"much\";"),
        ("{\n  people.ada.shell = |;\n}\n", &["\"bash\"", "\"zsh\""], "shell = \"bash\";"),
    ] {
        typist.offers(&[head, text].concat(), wanted, becomes);
        let with = text.replacen('{', "with lib;\n{", 1);
        typist.offers(&[head, &with].concat(), wanted, becomes);
    }
    typist.client.end();
}

#[test]
fn nothing_is_offered_where_no_option_is_typed() {
    let small = Small::new();
    let mut typist = Typist::new(&small, Encoding::Utf16, "command");
    for text in [
        "{ # mode.|\n  cores = 1;\n}\n",
        "{ /* mode.| */ cores = 1; }\n",
        "{ users = [ \"mode.|\" ]; }\n",
        "{ users = [ | ]; }\n",
        "{ mode.all = [ | ]; }\n",
        "{ mode.all = |; }\n",
        "{ mode.kind = \"a\" + \"|\"; }\n",
        "{ mode.kind = \"${lib.x}|\"; }\n",
        "{ mode.kind = lib.mkIf |; }\n",
        "{ mode.kind = f |; }\n",
        "{ cores = |; }\n",
        "{ cores = lib.|; }\n",
        "{ cores = x.mode.|; }\n",
        "{ none.|\n}\n",
        "let mode.kind = |; in { }\n",
        "let x = { mode.| }; in { }\n",
        "{ cores = f { | }; }\n",
        "{ cores = { mode.kind = |; }; }\n",
        "{ options.mode.|\n}\n",
        "{ options = { mode.| }; }\n",
        "{ options = { mode = { | }; }; }\n",
        "{ options.mode.more = lib.mkOption { | }; }\n",
        "{ options.mode.more = lib.mkOption { type = |; }; }\n",
        "{ options.mode.more = 1; mode.|\n}\n",
        "{ inherit |; }\n",
        "{ mode.kind = ''\n  a|\n  ''; }\n",
    ] {
        assert_eq!(typist.offered(&["{ config, lib, ... }:\n", text].concat()), [], "{text}");
    }
    // Any set may stand in a file that is no module.
    let data = small.file("data.nix");
    typist.client.open_text(&data, "{ }");
    assert_eq!(typist.offered_in(&data, "{\n  |\n}\n"), []);
    typist.client.end();
}

#[test]
fn in_every_encoding_and_with_every_end_of_a_line() {
    for encoding in Encoding::ALL {
        let small = Small::new();
        let mut typist = Typist::new(&small, encoding, "command");
        for end in ["\n", "\r\n"] {
            let of = |text: &str| text.replace('\n', end);
            let text = of("{ config, lib, ... }:\n{\n  /* é😀 */ mode.le| = \"é😀\";\n  cores = 1;\n}\n");
            typist.offers(&text, MODE, "/* é😀 */ mode.\"a b\" = \"é😀\";");
            let text = of("{ config, lib, ... }:\n{\n  people.\"é😀\".shell = \"z|\"; cores = 1;\n}\n");
            typist.offers(&text, &["\"bash\"", "\"zsh\""], "people.\"é😀\".shell = \"bash\"; cores");
            let text = of("{ config, lib, ... }:\n{\n  people.\"é😀\".|\n  cores = 1;\n}\n");
            typist.offers(&text, &["name", "shell"], "people.\"é😀\".name");
        }
        typist.client.end();
    }
}

/// Nix says of a type what it is; that is another text than the one that is written.
#[test]
fn by_what_nix_says_of_a_type() {
    let small = Small::new();
    let mut typist = Typist::new(&small, Encoding::Utf16, "save");
    typist.client.wait_status(small.path(), "evaluated");
    let of = |text: &str| format!("{{ config, lib, ... }}:\n{{\n  {text}\n}}\n");
    typist.offers(&of("mode.level = |;"), &["null", "1", "2"], "level = null;");
    typist.offers(&of("mode.on = |;"), &["true", "false"], "on = true;");
    typist.offers(&of("people.ada.shell = |;"), &["\"bash\"", "\"zsh\""], "shell = \"bash\";");
    assert_eq!(typist.offered(&of("mode.all = |;")), []);
    assert_eq!(typist.offered(&of("users = [ | ];")), []);
    typist.client.end();
}
