//! What is brought up to date after edits is what would be read from nothing.

use mkwhy_model::Found;
use proptest::prelude::*;
use proptest::sample::select;

use super::{open, tree};
use crate::reading::Reading;
use crate::reading::kept::MOST_DEFINITIONS;
use crate::{OptionPath, Workspace};

const FLAKE: &str = "{ outputs = { lib, ... }: { nixosConfigurations.a = lib.nixosSystem { modules = [ ./a.nix ./b.nix ./c.nix \
                     ]; }; nixosConfigurations.b = lib.nixosSystem { modules = [ ./a.nix ]; }; }; }";

/// The modules of these targets are not to be read from the text.
const OPAQUE: &str = "{ outputs = { f, ... }: { nixosConfigurations.a = f 1; nixosConfigurations.b = f 2; }; }";

/// Lines of modules: definitions of every form, declarations, aliases, submodules, imports, and what is half typed.
const LINES: [&str; 37] = [
    "x = 1;",
    "x = 2;",
    "x = lib.mkForce 3;",
    "x = lib.mkDefault 1;",
    "x = lib.mkIf config.y 4;",
    "x = lib.mkIf false 5;",
    "x = f 1;",
    "list = [ \"a\" ];",
    "list = lib.mkBefore [ \"b\" ];",
    "list = lib.mkForce [ ];",
    "s.a = 1;",
    "s.b = 2;",
    "s = { a = 3; c = lib.mkForce 4; };",
    "s = lib.mkForce { a = 5; };",
    "s = lib.mkMerge [ { a = 6; } (lib.mkIf c { a = 7; }) ];",
    "s = lib.mkMerge [ { t.a = 6; t.b = 7; } ];",
    "s = import ./s.nix;",
    "${n}.a = 1;",
    "old = 8;",
    "old = lib.mkForce 9;",
    "older.a = 8;",
    "options.x = lib.mkOption { type = lib.types.int; default = 0; };",
    "options.x = lib.mkOption { type = lib.types.listOf lib.types.int; };",
    "options.s = lib.mkOption { type = lib.types.submodule { imports = [ ./s.nix ]; options.a = lib.mkOption { }; }; };",
    "options.s.a = lib.mkEnableOption \"a\";",
    "options.list = lib.mkOption { default = [ ]; };",
    "imports = [ (lib.mkRenamedOptionModule [ \"old\" ] [ \"x\" ]) ];",
    "imports = [ (lib.mkAliasOptionModule [ \"older\" ] [ \"s\" ]) ];",
    "imports = [ (lib.mkChangedOptionModule [ \"old\" ] [ \"x\" ] (c: c.old)) ];",
    "imports = [ ./d.nix ];",
    "imports = [ ./none.nix ./data.json ];",
    "imports = [ (f ./d.nix) ];",
    "imports = [ ./d.nix (f x) ] ++ g 1;",
    "disabledModules = [ ./c.nix ];",
    "# a comment",
    "x = [ (",
    "};",
];

const TYPED: [&str; 13] = [")", "(", "} {", "{", "}", ";", "x", " ", "\n", "#", "\"", "lib.mkForce ", "config."];

const FILES: [&str; 5] = ["a.nix", "b.nix", "c.nix", "d.nix", "s.nix"];

const PATHS: [&str; 10] = ["x", "list", "s", "s.t", "s.a", "s.b", "s.c", "old", "older.a", "none"];

/// A module of some lines, each on its own.
fn module(lines: &[String]) -> String {
    format!("{{ lib, config, ... }}:\n{{\n{}\n}}\n", lines.join("\n"))
}

#[derive(Debug, Clone)]
enum Edit {
    /// Another line at a place of a file, instead of what is there, or before it.
    Line { file: &'static str, at: usize, line: &'static str, instead: bool },
    /// A line less.
    Without { file: &'static str, at: usize },
    /// Something that is typed into a line.
    Typed { file: &'static str, at: usize, column: usize, what: &'static str },
    /// A file that is gone.
    Gone { file: &'static str },
    /// A look at a path meanwhile.
    Look { path: &'static str },
}

fn edit() -> impl Strategy<Value = Edit> {
    let file = || select(&FILES[..]);
    prop_oneof![
        8 => (file(), 0..6usize, select(&LINES[..]), any::<bool>())
            .prop_map(|(file, at, line, instead)| Edit::Line { file, at, line, instead }),
        4 => (file(), 0..6usize).prop_map(|(file, at)| Edit::Without { file, at }),
        6 => (file(), 0..6usize, 0..40usize, select(&TYPED[..]))
            .prop_map(|(file, at, column, what)| Edit::Typed { file, at, column, what }),
        1 => file().prop_map(|file| Edit::Gone { file }),
        4 => select(&PATHS[..]).prop_map(|path| Edit::Look { path }),
    ]
}

/// Everything that is said, with the values that are written out as only the kept ones have them.
fn expected(reading: &Reading, workspace: &Workspace, target: &str, path: &OptionPath) -> Option<mkwhy_model::Cascade> {
    let target = workspace.target_by_text(Some(target)).expect("a target");
    let Found::Cascade { mut cascade } = reading.why(&target, path, None).found else { return None };
    for definition in &mut cascade.definitions {
        let text = reading.index().file(&reading.root().join(&definition.at.file)).expect("its file");
        definition.value = crate::definition::literal(definition, text.summary.text());
    }
    Some(*cascade)
}

fn check(flake: &str, start: &[Vec<&'static str>], edits: &[Edit]) {
    let owned = |lines: &Vec<&'static str>| lines.iter().map(|line| (*line).to_owned()).collect();
    let mut texts: Vec<Vec<String>> = start.iter().map(owned).collect();
    texts.resize(FILES.len(), Vec::new());
    let mut files = vec![("flake.nix", flake.to_owned())];
    files.push(("data.json", "{ }".to_owned()));
    files.extend(FILES.iter().zip(&texts).map(|(file, lines)| (*file, module(lines))));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = tree(&files);
    let workspace = open(folder.path());
    let reading = workspace.read();
    let target = workspace.target_by_text(Some("a")).expect("a target");
    let all: Vec<OptionPath> = PATHS.iter().map(|path| path.parse().expect("a path")).collect();
    let together: Vec<&OptionPath> = all.iter().collect();
    reading.cascades(&target, &together);
    for edit in edits {
        let number = |name: &str| FILES.iter().position(|file| *file == name).expect("a file");
        match edit {
            Edit::Line { file, at, line, instead } => {
                let lines = &mut texts[number(file)];
                let at = (*at).min(lines.len());
                if *instead && at < lines.len() {
                    lines[at] = (*line).to_owned();
                } else {
                    lines.insert(at, (*line).to_owned());
                }
                reading.index().set(&reading.root().join(file), module(lines));
            }
            Edit::Without { file, at } => {
                let lines = &mut texts[number(file)];
                if *at < lines.len() {
                    lines.remove(*at);
                }
                reading.index().set(&reading.root().join(file), module(lines));
            }
            Edit::Typed { file, at, column, what } => {
                let lines = &mut texts[number(file)];
                if let Some(line) = lines.get_mut(*at) {
                    line.insert_str((*column).min(line.len()), what);
                }
                reading.index().set(&reading.root().join(file), module(lines));
            }
            Edit::Gone { file } => reading.index().remove(&reading.root().join(file)),
            Edit::Look { path } => {
                let path = path.parse().expect("a path");
                let found = reading.cascade(&target, &path);
                let anew = expected(&reading, &workspace, "a", &path);
                assert_eq!(found.as_deref(), anew.as_ref(), "{path} meanwhile");
            }
        }
    }
    for (path, found) in all.iter().zip(reading.cascades(&target, &together)) {
        let anew = expected(&reading, &workspace, "a", path);
        assert_eq!(found.as_deref(), anew.as_ref(), "{path}");
    }
    // Those of another target are others.
    let other = workspace.target_by_text(Some("b")).expect("a target");
    for path in &all {
        assert_eq!(
            reading.cascade(&other, path).as_deref(),
            expected(&reading, &workspace, "b", path).as_ref(),
            "{path}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_is_what_would_be_read(
        start in proptest::collection::vec(proptest::collection::vec(select(&LINES[..]), 0..6), 5),
        edits in proptest::collection::vec(edit(), 1..24),
        flake in prop_oneof![4 => Just(FLAKE), 1 => Just(OPAQUE)],
    ) {
        check(flake, &start, &edits);
    }
}

/// Edits that are seldom met by chance.
#[test]
fn what_an_edit_leaves_as_it_was() {
    let options = "options.x = lib.mkOption { default = 1; }; config.x = 2;";
    let changed = "imports = [ (lib.mkChangedOptionModule [ \"old\" ] [ \"x\" ] (c: c.old)) ]; x = 1;";
    let module = |text: &str| format!("{{ lib, config, ... }}: {{ {text} }}");
    for (path, before, now) in [
        ("s.t", "s = lib.mkMerge [ { t.a = 6; t.b = 7; } ];", "s = lib.mkMerge [ { t.a = 6; } { t.b = 7; } ];"),
        ("s.t", "s = lib.mkMerge [ { t.a = 6; } { t.b = 7; } ];", "s = lib.mkMerge [ { t.a = 6; t.b = 7; } ];"),
        ("x", changed, &format!("old = 8; {changed}")),
        ("x", &format!("old = 8; {changed}"), changed),
        ("x", options, &format!("y = 1; {options}")),
        ("x", &format!("y = 1; {options}"), options),
        ("x", "x = lib.mkIf true 1; y = let in 1;", "x = lib.mkIf true 1; y = let a = 1; in 1;"),
        ("x", "x = 1;", "x = 12;"),
        ("x", "x = 1;", "xx = 1;"),
        ("x", "x = 1; x = 1;", "x = 1;"),
        ("x", "x = 1;", "x = 1; x = 1;"),
        ("x", "x = [ 1 ];", "x = [ 1"),
        ("x", "${n}.x = 1; x = 2;", "${m}.x = 1; x = 2;"),
    ] {
        let folder = tree(&[("a.nix", &module(before)), ("flake.nix", FLAKE), ("b.nix", "{ }"), ("c.nix", "{ }")]);
        let workspace = open(folder.path());
        let reading = workspace.read();
        let target = workspace.target_by_text(Some("a")).expect("a target");
        let path: OptionPath = path.parse().expect("a path");
        assert!(reading.cascade(&target, &path).is_some(), "{before}");
        reading.index().set(&reading.root().join("a.nix"), module(now));
        let found = reading.cascade(&target, &path);
        assert_eq!(found.as_deref(), expected(&reading, &workspace, "a", &path).as_ref(), "{before} → {now}");
    }
}

/// The addresses of files say whether a definition is read again: only those of the file that was edited are.
#[test]
fn an_edit_reads_its_own_file_alone() {
    let files: Vec<(String, String)> =
        (0..40).map(|n| (format!("m{n}.nix"), format!("{{ x = [ {n} ]; y{n} = 1; }}"))).collect();
    let imports: String = files.iter().map(|(name, _)| format!("./{name} ")).collect();
    let flake = format!(
        "{{ outputs = {{ lib, ... }}: {{ nixosConfigurations.a = lib.nixosSystem {{ modules = [ {imports} ]; }}; }}; }}"
    );
    let mut all = vec![("flake.nix", flake.as_str())];
    all.extend(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let folder = tree(&all);
    let workspace = open(folder.path());
    let reading = workspace.read();
    let target = workspace.target_by_text(None).expect("a target");
    let path: OptionPath = "x".parse().expect("a path");
    let before = reading.cascade(&target, &path).expect("a cascade");
    assert_eq!(before.definitions.len(), 40);
    let again = reading.cascade(&target, &path).expect("a cascade");
    assert!(std::sync::Arc::ptr_eq(&before, &again), "nothing was edited");
    drop(again);
    reading.index().set(&reading.root().join("m7.nix"), "{ x = [ 7 ]; y7 = 2; }");
    let reads = reading.reads();
    let other: OptionPath = "y3".parse().expect("a path");
    reading.cascade(&target, &other);
    let of_other = reading.reads() - reads;
    reading.cascade(&target, &path);
    assert_eq!((of_other, reading.reads() - reads), (1, 1), "it says of `x` what it said");
    reading.index().set(&reading.root().join("m7.nix"), "{ x = [ 8 ]; y7 = 2; }");
    reading.cascade(&target, &path);
    assert_eq!(reading.reads() - reads, 2, "one definition of each");
}

/// What was not asked for lately is let go, and is there again when it is asked for.
#[test]
fn so_much_is_kept() {
    let bindings: String = (0..60).map(|n| format!("x{n} = 1; ")).collect();
    let modules: Vec<String> = (0..8).map(|_| format!("{{ {bindings} }}")).collect();
    let imports: String = (0..8).map(|n| format!("./m{n}.nix ")).collect();
    let flake = format!(
        "{{ outputs = {{ lib, ... }}: {{ nixosConfigurations.a = lib.nixosSystem {{ modules = [ {imports} ]; }}; }}; }}"
    );
    let names: Vec<String> = (0..8).map(|n| format!("m{n}.nix")).collect();
    let mut all = vec![("flake.nix", flake.as_str())];
    all.extend(names.iter().zip(&modules).map(|(name, text)| (name.as_str(), text.as_str())));
    let folder = tree(&all);
    let workspace = open(folder.path());
    let reading = workspace.read();
    let target = workspace.target_by_text(None).expect("a target");
    for round in 0..2 {
        for n in 0..60 {
            let path: OptionPath = format!("x{n}").parse().expect("a path");
            assert_eq!(reading.cascade(&target, &path).expect("a cascade").definitions.len(), 8, "{round}");
            assert!(reading.kept() <= MOST_DEFINITIONS + 8, "{} are kept", reading.kept());
        }
    }
    // What is asked for all the time is not read again, also where the modules change.
    let path: OptionPath = "x0".parse().expect("a path");
    reading.cascade(&target, &path);
    let reads = reading.reads();
    for n in 0..10 {
        let text = format!("{{ imports = [ ./none{n}.nix ]; }}");
        reading.index().set(&reading.root().join("m7.nix"), text);
        assert_eq!(reading.cascade(&target, &path).expect("a cascade").definitions.len(), 7);
    }
    assert_eq!(reading.reads(), reads);
}
