//! Small trees, and the kernelcore fixture.

use std::fs;
use std::path::{Path, PathBuf};

use mkwhy_model::OptionPath;
use tempfile::TempDir;

use crate::{Failure, Fit, Index, Reach, Why};

/// A folder with these files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn write(root: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn read(root: &Path) -> Index {
    let index = Index::new(root);
    index.read();
    index
}

fn relative(index: &Index, path: &Path) -> String {
    path.strip_prefix(index.root()).unwrap_or(path).display().to_string()
}

fn names(index: &Index) -> Vec<String> {
    index.files().iter().map(|file| relative(index, &file.path)).collect()
}

fn path(text: &str) -> OptionPath {
    text.parse().expect("a path")
}

/// The definitions found, as `file#number fit`.
fn found(index: &Index, asked: &str) -> Vec<String> {
    let hits = index.find(path(asked).segments());
    hits.iter().map(|hit| format!("{}#{} {:?}", relative(index, &hit.file.path), hit.number, hit.fit)).collect()
}

fn modules(index: &Index, reach: &Reach) -> Vec<String> {
    let mut modules: Vec<String> = Vec::new();
    for module in &reach.modules {
        let unit = if module.unit > 0 { format!("#{}", module.unit) } else { String::new() };
        modules.push(format!(
            "{}{unit}{}",
            relative(index, reach.path(module).expect("a file")),
            if module.sure { "" } else { "?" }
        ));
    }
    modules.sort();
    modules
}

fn reach(index: &Index, entry: &str, attribute: &[&str]) -> std::sync::Arc<Reach> {
    let attribute: Vec<String> = attribute.iter().map(ToString::to_string).collect();
    index.reach(&index.root().join(entry), &attribute)
}

const HOST: [&str; 2] = ["nixosConfigurations", "host"];

#[test]
fn ignore_files_count_without_a_repository() {
    let folder = tree(&[
        (".gitignore", "ignored/\n*.tmp.nix\n!kept.tmp.nix\n"),
        ("sub/.ignore", "not.nix\n"),
        (".git/hook.nix", "1"),
        (".git/info/exclude", "excluded.nix\n"),
        (".hidden/a.nix", "{ }"),
        ("ignored/a.nix", "{ }"),
        ("a.tmp.nix", "{ }"),
        ("kept.tmp.nix", "{ }"),
        ("excluded.nix", "{ }"),
        ("sub/not.nix", "{ }"),
        ("sub/is.nix", "{ }"),
        ("sub/is.txt", "{ }"),
    ]);
    assert_eq!(names(&read(folder.path())), [".hidden/a.nix", "kept.tmp.nix", "sub/is.nix"]);
    fs::remove_dir_all(folder.path().join(".git")).expect("removed");
    assert_eq!(names(&read(folder.path())), [".hidden/a.nix", "excluded.nix", "kept.tmp.nix", "sub/is.nix"]);
    // Of a folder inside a repository, also the files above it.
    let folder = tree(&[(".git/HEAD", ""), (".gitignore", "no.nix\n"), ("a/no.nix", "1"), ("a/yes.nix", "1")]);
    assert_eq!(names(&read(&folder.path().join("a"))), ["yes.nix"]);
    let folder = tree(&[(".gitignore", "no.nix\n"), ("a/no.nix", "1"), ("a/yes.nix", "1")]);
    assert_eq!(names(&read(&folder.path().join("a"))), ["no.nix", "yes.nix"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_workspace_only() {
    use std::os::unix::fs::symlink;
    let outside = tree(&[("secret.nix", "{ secret = 1; }"), ("folder/a.nix", "{ }")]);
    let folder = tree(&[
        ("root/real/default.nix", "{ x = 1; }"),
        ("root/a.nix", "{ imports = [ ./alias ./again.nix ]; }"),
        ("root/ignored/deep.nix", "{ y = 1; }"),
        ("root/.gitignore", "/ignored\n"),
    ]);
    let root = folder.path().join("root");
    let link = |to: &Path, name: &str| symlink(to, root.join(name)).expect("a link");
    link(Path::new("real"), "alias");
    link(Path::new("a.nix"), "again.nix");
    link(Path::new("."), "loop");
    link(Path::new("../.."), "real/up");
    link(Path::new("self.nix"), "self.nix");
    link(Path::new("nowhere.nix"), "broken.nix");
    link(Path::new("ignored"), "wanted");
    link(outside.path().join("secret.nix").as_path(), "secret.nix");
    link(outside.path().join("folder").as_path(), "folder");
    let index = Index::new(&root);
    let report = index.read();
    assert_eq!(names(&index), ["a.nix", "ignored/deep.nix", "real/default.nix"]);
    let failed: Vec<_> =
        report.failed.iter().map(|(path, why)| (relative(&index, path), matches!(why, Failure::Outside(_)))).collect();
    let expected =
        [("broken.nix", false), ("folder", true), ("real/up", true), ("secret.nix", true), ("self.nix", false)];
    assert_eq!(failed, expected.map(|(name, outside)| (name.to_owned(), outside)));
    // A link is another name of the same file, also for imports and edits.
    assert_eq!(modules(&index, &reach(&index, "again.nix", &[])), ["a.nix", "real/default.nix"]);
    index.set(&root.join("loop/alias/default.nix"), "{ z = 1; }");
    assert_eq!(found(&index, "z"), ["real/default.nix#0 Exact"]);
    assert_eq!(found(&index, "x"), [""; 0]);
    let importers = index.importers_of(&root.join("real/default.nix"));
    assert_eq!(importers.iter().map(|file| relative(&index, &file.path)).collect::<Vec<_>>(), ["a.nix"]);
    // The root itself may be named by a link.
    symlink(&root, folder.path().join("name")).expect("a link");
    let index = read(&folder.path().join("name"));
    index.set(&folder.path().join("name/a.nix"), "{ z = 1; }");
    assert_eq!(found(&index, "z"), ["a.nix#0 Exact"]);
}

#[test]
fn what_cannot_be_read_is_recorded() {
    let folder = tree(&[("a.nix", "{ imports = [ ./bad.nix ./none.nix ]; x = 1; }")]);
    write(folder.path(), "bad.nix", b"{ x = \"\xff\"; }");
    let index = Index::new(folder.path());
    let report = index.read();
    assert_eq!((report.files, report.failed.len()), (1, 1));
    let bad = index.root().join("bad.nix");
    assert_eq!(index.failures(), [(bad.clone(), Failure::NotUtf8 { at: 7 })]);
    let reach = reach(&index, "a.nix", &[]);
    assert!(!reach.complete);
    let why: Vec<_> = reach.unresolved.iter().map(|one| one.why.clone()).collect();
    let none = index.root().join("none.nix");
    assert_eq!(why, [Why::Unreadable(Failure::NotUtf8 { at: 7 }), Why::Missing(none)]);
    write(folder.path(), "bad.nix", "{ x = 2; }");
    assert_eq!(index.reload(&bad), Ok(()));
    assert_eq!(found(&index, "x"), ["a.nix#0 Exact", "bad.nix#0 Exact"]);
    assert_eq!(index.failures(), []);
    write(folder.path(), "bad.nix", b"\xff");
    assert_eq!(index.reload(&bad), Err(Failure::NotUtf8 { at: 0 }));
    assert_eq!(found(&index, "x"), ["a.nix#0 Exact"]);
    fs::remove_file(&bad).expect("removed");
    assert_eq!(index.reload(&bad), Ok(()));
    assert_eq!((index.failures().len(), names(&index)), (0, vec!["a.nix".to_owned()]));
}

#[test]
fn how_definitions_fit() {
    let folder = tree(&[
        ("a.nix", "{ a.b.c = 1; a.b.d.e = 2; }"),
        ("b.nix", "{ a = { b = f 1; }; }"),
        ("c.nix", "{ a.${x}.c = 1; }"),
        ("d.nix", "{ ${x} = 1; other = 2; }"),
        ("e.nix", "{ lib, ... }: { options.a.b = lib.mkOption { }; options.other = lib.mkOption { }; }"),
    ]);
    let index = read(folder.path());
    let fits = |asked: &str| -> Vec<(String, Fit)> {
        let hits = index.find(path(asked).segments());
        hits.iter()
            .map(|hit| (index.files().iter().position(|file| file.id == hit.file.id), hit))
            .map(|(file, hit)| (["a", "b", "c", "d", "e"][file.expect("a file")].to_owned(), hit.fit))
            .collect()
    };
    let own = |list: &[(&str, Fit)]| list.iter().map(|(name, fit)| ((*name).to_owned(), *fit)).collect::<Vec<_>>();
    use Fit::{Above, Beneath, Exact};
    assert_eq!(fits("a.b.c"), own(&[("a", Exact), ("b", Above), ("c", Exact), ("d", Above)]));
    assert_eq!(fits("a.b"), own(&[("a", Beneath), ("a", Beneath), ("b", Exact), ("c", Beneath), ("d", Above)]));
    assert_eq!(fits("a.b.[0]"), own(&[("b", Above), ("d", Above)]));
    assert_eq!(fits("nothing"), own(&[("d", Exact)]));
    assert_eq!(index.declarations(path("a.b.c").segments()).iter().map(|hit| hit.fit).collect::<Vec<_>>(), [Above]);
    assert_eq!(index.declarations(path("a").segments()).iter().map(|hit| hit.fit).collect::<Vec<_>>(), [Beneath]);
    let under: Vec<_> = index.paths_under(&path("a")).iter().map(ToString::to_string).collect();
    assert_eq!(under, ["a", "a.b", "a.b.c", "a.b.d.e"]);
}

#[test]
fn modules_of_a_target() {
    let folder = tree(&[
        (
            "flake.nix",
            r#"{ outputs = { lib, ... }: let common = [ ./common.nix ]; in {
                 nixosConfigurations.host = lib.nixosSystem {
                   modules = common ++ [ ./hosts/host { imports = [ ./inline.nix ]; } (./by-name + "/${"x"}.nix") ];
                 };
                 nixosConfigurations.other = lib.nixosSystem { modules = [ ./other.nix ]; };
               }; }"#,
        ),
        ("common.nix", "{ lib, ... }: { imports = lib.optional true ./maybe.nix ++ [ ./common.nix ]; }"),
        ("maybe.nix", "{ imports = [ ./behind.nix ]; }"),
        ("behind.nix", "{ }"),
        ("inline.nix", "{ x = 1; imports = [ <nixpkgs/a.nix> ]; }"),
        ("hosts/host/default.nix", "{ name, ... }: { imports = [ ../../behind.nix (../. + \"/${name}\") ]; }"),
        ("hosts/third/default.nix", "{ }"),
        ("by-name/a.nix", "{ }"),
        ("by-name/b.nix", "{ }"),
        ("by-name/c/d.nix", "{ }"),
        ("other.nix", "{ }"),
        ("default.nix", "(import ./flake.nix).outputs { }"),
    ]);
    let index = read(folder.path());
    let of_flake = reach(&index, "flake.nix", &HOST);
    let expected = [
        "behind.nix",
        "by-name/a.nix?",
        "by-name/b.nix?",
        "common.nix",
        "flake.nix#1",
        "hosts/host/default.nix",
        "inline.nix",
        "maybe.nix?",
    ];
    assert_eq!(modules(&index, &of_flake), expected);
    assert!(!of_flake.complete);
    assert_eq!(of_flake.unresolved.iter().map(|one| one.why.clone()).collect::<Vec<_>>(), [Why::Computed]);
    let behind = index.root().join("behind.nix");
    let file = index.file(&behind).expect("behind.nix");
    let module = of_flake.modules_in(&file).next().expect("a module");
    let chain: Vec<_> = of_flake.chain(module).iter().map(|path| relative(&index, path)).collect();
    assert_eq!(chain, ["flake.nix", "hosts/host/default.nix", "behind.nix"]);
    assert_eq!(modules(&index, &reach(&index, "default.nix", &HOST)), expected);
    // Nothing that matters has changed: the same answer, not an equal one.
    index.set(&behind, "{ new = 1; }");
    assert!(std::sync::Arc::ptr_eq(&of_flake, &reach(&index, "flake.nix", &HOST)));
    index.set(&behind, "{ imports = [ ./other.nix ]; }");
    assert!(modules(&index, &reach(&index, "flake.nix", &HOST)).contains(&"other.nix".to_owned()));
    let imports = index.imports_of(&index.root().join("hosts/host/default.nix"));
    let targets: Vec<_> = imports.iter().map(|(_, targets)| targets.len()).collect();
    assert_eq!(targets, [1, 2]);
}

#[test]
fn modules_of_submodules_and_functions() {
    let folder = tree(&[
        ("flake.nix", "{ outputs = _: { nixosConfigurations = import ./hosts.nix { mk = import ./lib/mk.nix; }; }; }"),
        ("hosts.nix", "{ mk }: { host = mk \"host\" ./host.nix; other = mk \"other\" ./other.nix; }"),
        ("lib/mk.nix", "name: main: evalModules { modules = [ ../base.nix main ]; }"),
        ("base.nix", "{ home-manager.users.alice = import ./home.nix; }"),
        ("home.nix", "{ imports = [ ./home.nix ./base.nix ]; programs.git.enable = true; }"),
        ("host.nix", "{ }"),
        ("other.nix", "{ }"),
        ("configuration.nix", "{ imports = [ ./base.nix ]; }"),
    ]);
    let index = read(folder.path());
    let from_flake = modules(&index, &reach(&index, "flake.nix", &HOST));
    for name in ["base.nix?", "host.nix?"] {
        assert!(from_flake.contains(&name.to_owned()), "{name} in {from_flake:?}");
    }
    assert!(!from_flake.iter().any(|name| name.starts_with("other.nix")), "{from_flake:?}");
    let plain = reach(&index, "configuration.nix", &[]);
    let home = index.root().join("home.nix");
    let prefixes: Vec<usize> =
        plain.modules_in(&index.file(&home).expect("home.nix")).map(|module| module.prefix.len()).collect();
    // `base.nix` inside `home.nix` inside `base.nix` …: it ends.
    assert!(prefixes.len() > 2 && prefixes.iter().all(|length| *length <= 33), "{prefixes:?}");
    assert!(plain.modules.iter().all(|module| module.sure));
    assert!(!plain.complete);
}

#[test]
fn a_file_that_makes_the_target_itself() {
    let modules_of = |text: &str| {
        let folder = tree(&[
            ("main.nix", text),
            ("mk.nix", "{ lib, main }: lib.evalModules { modules = [ ./a.nix main ]; }"),
            (
                "hosts.nix",
                "lib: { one = lib.evalModules { modules = [ ./a.nix ]; }; two = { modules = [ ./b.nix ]; }; }",
            ),
            ("a.nix", "{ imports = [ ./behind.nix ]; }"),
            ("b.nix", "{ x = if true then ./c.nix else null; }"),
            ("c.nix", "{ }"),
            ("behind.nix", "{ }"),
        ]);
        let index = read(folder.path());
        modules(&index, &reach(&index, "main.nix", &[])).join(" ")
    };
    let made = "a.nix behind.nix main.nix#1";
    for text in [
        "evalModules { modules = [ ./a.nix ]; }",
        "{ lib ? import ./lib, ... }: lib.evalModules { modules = [ ./a.nix ]; specialArgs = { }; }",
        "let common = [ ./a.nix ]; in with lib; evalModules { modules = common; }",
        "let eval = evalModules { modules = [ ./a.nix ]; }; in assert true; eval.config",
        "{ pkgs }: let mk = modules: evalModules { modules = [ ./a.nix ] ++ modules; }; in mk [ ]",
        "(evalModules { modules = [ ./a.nix ]; }) // { more = 1; }",
        // Another list, which is not the target's.
        "let docs = evalModules { modules = [ ./b.nix ]; }; in lib.evalModules { modules = [ ./a.nix ]; }",
    ] {
        assert_eq!(modules_of(text).replace("#2", "#1"), made, "{text}");
    }
    assert_eq!(modules_of("evalModules { modules = [ ./a.nix { x = 1; } ]; }"), made);
    // In another file.
    assert_eq!(
        modules_of("import ./mk.nix { main = ./b.nix; inherit lib; }"),
        "a.nix b.nix? behind.nix main.nix mk.nix mk.nix#1"
    );
    assert_eq!(modules_of("(import ./hosts.nix lib).one"), "a.nix behind.nix hosts.nix#1");
    // These are modules, whatever they give to functions.
    assert_eq!(modules_of("{ lib, ... }: { imports = [ ./a.nix ]; }"), "a.nix behind.nix main.nix");
    assert_eq!(
        modules_of("{ imports = [ ./a.nix ]; x = evalModules { modules = [ ./b.nix ]; }; }"),
        "a.nix behind.nix main.nix"
    );
    assert_eq!(modules_of("lib.mkIf c { x = evalModules { modules = [ ./b.nix ]; }; }"), "main.nix");
    assert_eq!(modules_of("args: mkModule { imports = [ ./a.nix ]; }"), "a.nix? behind.nix? main.nix");
    assert_eq!(modules_of("import ./a.nix"), "a.nix behind.nix main.nix");
}

#[test]
fn an_edit_of_what_makes_the_target() {
    let folder = tree(&[("main.nix", "{ x = f { modules = [ ./a.nix ]; }; }"), ("a.nix", "{ }"), ("b.nix", "{ }")]);
    let index = read(folder.path());
    let main = index.root().join("main.nix");
    let now = || modules(&index, &reach(&index, "main.nix", &[])).join(" ");
    assert_eq!(now(), "main.nix");
    for (text, expected) in [
        ("f { modules = [ ./a.nix ]; }", "a.nix main.nix#1"),
        ("f { modules = [ ./b.nix ]; }", "b.nix main.nix#1"),
        // While it is broken, it is what it was.
        ("f { modules = [ ./a.nix ]; ", "b.nix main.nix#1"),
        ("{ x = f { modules = [ ./b.nix ]; }; }", "main.nix"),
    ] {
        index.set(&main, text);
        assert_eq!(now(), expected, "{text}");
    }
    index.set(&main, "f { modules = [ ./a.nix ]; }");
    let before = reach(&index, "main.nix", &[]);
    index.set(&main, "f { y = 1; modules = [ ./a.nix ]; }");
    assert!(std::sync::Arc::ptr_eq(&before, &reach(&index, "main.nix", &[])));
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

#[test]
fn kernelcore() {
    let index = read(&fixture("kernelcore"));
    for entry in ["flake.nix", "default.nix"] {
        let found = reach(&index, entry, &["nixosConfigurations", "kernelcore"]);
        let modules = modules(&index, &found);
        let has = |name: &str| modules.contains(&name.to_owned());
        assert!(has("modules/core/nix-base.nix"), "{entry}: {modules:?}");
        assert!(has("modules/packages/default.nix"), "{entry}: {modules:?}");
        assert!(has("hosts/kernelcore/configuration.nix?"), "{entry}: {modules:?}");
        assert!(has("hosts/kernelcore/hardware-configuration.nix?"), "{entry}: {modules:?}");
        assert!(!modules.iter().any(|name| name.starts_with("hosts/forge/")), "{entry}: {modules:?}");
        // The colour of the prompt is set by an inline module of each host.
        let flake = index.root().join("flake.nix");
        let file = index.file(&flake).expect("flake.nix");
        let units: Vec<u16> = found.modules_in(&file).filter(|module| module.sure).map(|module| module.unit).collect();
        let colors = index.find(path("kernelcore.shell.prompt.color").segments());
        let colors: Vec<&str> = colors
            .iter()
            .filter(|hit| *hit.file.path == *flake && hit.fit == Fit::Exact)
            .filter_map(|hit| hit.definition())
            .filter(|definition| units.contains(&definition.unit))
            .map(|definition| file.summary.slice(definition.value))
            .collect();
        assert_eq!(colors, ["\"blue\""], "{entry}");
    }
    let hits = index.find(path("nix.settings.max-jobs").segments());
    let exact: Vec<_> = hits.iter().filter(|hit| hit.fit == Fit::Exact).collect();
    let mut files: Vec<_> = exact.iter().map(|hit| relative(&index, &hit.file.path)).collect();
    files.dedup();
    let expected = [
        "modules/core/nix-base.nix",
        "modules/security/hardening-template.nix",
        "modules/security/nix-daemon.nix",
        "modules/services/laptop-builder-client.nix",
        "modules/services/laptop-offload-client.nix",
        "modules/system/nix.nix",
    ];
    assert_eq!(files, expected);
    // `modules/hardware/thermal.nix` writes the old name, and who renames it is in nixpkgs.
    assert_eq!(found(&index, "nix.maxJobs"), ["modules/hardware/thermal.nix#2 Exact"]);
}

/// A cheap source of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

#[test]
fn edits_leave_no_trace() {
    let source = read(&fixture("."));
    let files = source.files();
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::new(folder.path());
    let mut numbers = Numbers(7);
    for _ in 0..4 * files.len() {
        let file = &files[numbers.below(files.len())];
        let path = index.root().join(relative(&source, &file.path));
        if numbers.below(4) == 0 {
            index.remove(&path);
        } else {
            // Another file's text, cut anywhere.
            let text = files[numbers.below(files.len())].summary.text();
            let mut end = numbers.below(text.len() + 1);
            while !text.is_char_boundary(end) {
                end += 1;
            }
            index.set(&path, &text[..end]);
        }
    }
    let fresh = Index::new(folder.path());
    for file in index.files() {
        fresh.set(&file.path, file.summary.text().clone());
    }
    assert_eq!(index.sizes(), fresh.sizes());
    let mut asked = 0;
    for file in fresh.files() {
        for definition in &file.summary.definitions {
            let Some(path) = definition.static_path() else { continue };
            let all = |index: &Index| -> Vec<_> {
                let definitions =
                    index.find(path.segments()).into_iter().map(|hit| (hit.file.path.clone(), hit.number, hit.fit));
                let declarations = index
                    .declarations(path.segments())
                    .into_iter()
                    .map(|hit| (hit.file.path.clone(), hit.number, hit.fit));
                definitions.chain(declarations).collect()
            };
            assert_eq!(all(&index), all(&fresh), "{path}");
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
    for file in index.files() {
        index.remove(&file.path);
    }
    assert_eq!(index.sizes(), (0, (0, 0)));
}

#[test]
fn a_broken_text_keeps_its_modules() {
    let folder = tree(&[
        ("main.nix", "{ imports = [ ./a.nix ]; x = 1; }"),
        ("a.nix", "{ imports = [ ./b.nix ]; }"),
        ("b.nix", "{ }"),
        ("c.nix", "{ }"),
    ]);
    let index = read(folder.path());
    let (main, a) = (index.root().join("main.nix"), index.root().join("a.nix"));
    let now = || modules(&index, &reach(&index, "main.nix", &[]));
    let before = reach(&index, "main.nix", &[]);
    assert_eq!(now(), ["a.nix", "b.nix", "main.nix"]);
    for broken in ["{ imports = [ ./a.ni", "{ imports = [ ; x = 1; }", "{"] {
        index.set(&main, broken);
        assert!(std::sync::Arc::ptr_eq(&before, &reach(&index, "main.nix", &[])), "{broken}");
    }
    // Others change meanwhile.
    index.set(&a, "{ imports = [ ]; }");
    assert_eq!(now(), ["a.nix", "main.nix"]);
    index.set(&main, "{ imports = [ ./c.nix ]; x = 1; }");
    assert_eq!(now(), ["c.nix", "main.nix"]);
    // A file that was never right says what it can.
    index.remove(&main);
    index.set(&main, "{ imports = [ ./b.nix ]; x = ");
    assert_eq!(now(), ["b.nix", "main.nix"]);
}

/// A text during whose reading its file is removed, and then perhaps set by another one.
struct Overtaken<'a>(&'a Index, &'a Path, Option<&'static str>);

impl From<Overtaken<'_>> for std::sync::Arc<str> {
    fn from(Overtaken(index, path, other): Overtaken<'_>) -> Self {
        index.remove(path);
        if let Some(other) = other {
            index.set(path, other);
        }
        "{ late = 1; }".into()
    }
}

#[test]
fn a_text_from_before_a_removal_is_not_put_in() {
    let folder = tree(&[]);
    let index = Index::new(folder.path());
    let path = index.root().join("a.nix");
    for before in [None, Some("{ early = 1; }")] {
        if let Some(before) = before {
            index.set(&path, before);
        }
        index.set(&path, Overtaken(&index, &path, None));
        assert!(index.file(&path).is_none());
        assert_eq!(index.sizes(), (0, (0, 0)));
    }
    index.set(&path, Overtaken(&index, &path, Some("{ x = 1; }")));
    assert_eq!((found(&index, "x"), found(&index, "late")), (vec!["a.nix#0 Exact".to_owned()], Vec::new()));
}

#[test]
fn many_at_once() {
    let folder = tree(&[]);
    let index = Index::new(folder.path());
    let name = |n: usize| index.root().join(format!("{n}.nix"));
    let end = std::time::Instant::now() + std::time::Duration::from_secs(1);
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (index, name) = (&index, &name);
            scope.spawn(move || {
                let mut numbers = Numbers(seed);
                while std::time::Instant::now() < end {
                    let (file, to, n) = (numbers.below(40), numbers.below(40), numbers.below(20));
                    match numbers.below(8) {
                        0 => index.remove(&name(file)),
                        1 => drop(index.find(path(&format!("a.b{n}")).segments())),
                        2 => drop(index.find(path("a").segments())),
                        3 => drop(index.reach(&name(file), &[])),
                        4 => index.set(&name(file), format!("{{ a.b{n} = ")),
                        _ => index.set(
                            &name(file),
                            format!("{{ imports = [ ./{to}.nix (./. + \"/${{x}}.nix\") ]; a.b{n} = {to}; s = import ./{n}.nix; }}"),
                        ),
                    }
                }
            });
        }
    });
    let fresh = Index::new(folder.path());
    for file in index.files() {
        // What a broken text has behind it is part of what the index knows.
        fresh.set(&file.path, file.settled().summary.text().clone());
        fresh.set(&file.path, file.summary.text().clone());
    }
    assert_eq!(names(&index), names(&fresh));
    assert_eq!(index.sizes(), fresh.sizes());
    let mut asked: Vec<String> = (0..20).map(|n| format!("a.b{n}")).collect();
    asked.push("a".to_owned());
    for asked in asked {
        assert_eq!(found(&index, &asked), found(&fresh, &asked), "{asked}");
    }
    for entry in 0..40 {
        let entry = format!("{entry}.nix");
        let (one, other) = (reach(&index, &entry, &[]), reach(&fresh, &entry, &[]));
        assert_eq!(modules(&index, &one), modules(&fresh, &other), "{entry}");
    }
}
