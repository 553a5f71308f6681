//! Definitions that Nix names no place for: joined to the only binding that they can be, or said to be computed.

use std::collections::BTreeMap;

use mkwhy::{Found, OptionPath, Written};
use mkwhy_tests::{block_on, copy_folder, nixes, open, part, repository};

/// Of each definition of some options: where it is, how it was found, and the text that it was joined to.
fn joined(paths: &[&str]) -> BTreeMap<String, Vec<(String, String, String)>> {
    let folder = tempfile::tempdir().expect("a folder");
    copy_folder(&repository().join("fixtures/cases/generated-values"), folder.path());
    let lib = part("nixpkgs-22.11").canonicalize().expect("a folder").join("lib");
    let config = format!(
        "[[target]]\nname = \"case\"\nfile = \"default.nix\"\narguments = {{ lib = \"import {}\" }}\n",
        lib.display()
    );
    std::fs::write(folder.path().join("mkwhy.toml"), config).expect("written");
    let workspace = open(folder.path(), &nixes()[1]);
    let paths: Vec<OptionPath> = paths.iter().map(|path| path.parse().expect("a path")).collect();
    let answers = block_on(async {
        let target = workspace.target(None).await.expect("a target");
        workspace.why_all(&target, &paths).await.expect("it evaluates")
    });
    let text = |file: &str, range: &std::ops::Range<usize>| {
        std::fs::read_to_string(folder.path().join(file)).expect("a file")[range.clone()].to_owned()
    };
    let mut found = BTreeMap::new();
    for answer in answers {
        let Found::Cascade { cascade } = answer.found else { panic!("{:?}", answer.found) };
        let of = cascade.definitions.iter().filter(|definition| !definition.declared_default).map(|definition| {
            let how = match &definition.written {
                Written::Literal { .. } => "literal".to_owned(),
                Written::Candidate { .. } => "candidate".to_owned(),
                Written::Computed { why } => why.clone(),
                other => panic!("{other:?}"),
            };
            let value = definition.written.spans().map(|spans| text(&definition.at.file, &spans.value));
            (definition.at.to_string(), how, value.unwrap_or_default())
        });
        found.insert(cascade.path.to_string(), of.collect());
    }
    found
}

#[test]
fn candidates_and_what_has_none() {
    let found = joined(&["n.a", "n.b", "n.d", "n.g", "n.h", "n.j", "json"]);
    let of = |path: &str| found.get(path).unwrap_or_else(|| panic!("{path}")).as_slice();
    let is = |path: &str, at: &str, how: &str, value: &str| {
        assert!(of(path).contains(&(at.into(), how.into(), value.into())), "{path}: {:#?}", of(path));
    };
    // Kept by `//` and removeAttrs, at Nix's own place.
    is("n.a", "updated.nix:5:11", "literal", "2");
    is("n.d", "updated.nix:9:62", "literal", "4");
    is("json", "json.nix:4:3", "literal", "builtins.fromJSON \"12\"");
    // Nix names the word `value` of a pair; the text says which attribute that is.
    is("n.b", "listed.nix:4:19", "candidate", "3");
    // Nix names no place, or one in `lib`.
    is("n.g", "mapped.nix:9:33", "candidate", "7");
    is("n.h", "listed.nix:5:41", "candidate", "8");
    // What comes out of JSON is written nowhere, and said to be.
    let (at, why, _) = &of("n.j")[0];
    assert_eq!(at, "json.nix");
    assert!(why.contains("it is computed") && why.contains("json.nix"), "{why}");
}

/// What a module made by other people's function holds, where it is off, has no line in the module that it is made for.
#[test]
fn what_is_off_in_a_module_of_another_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    let lib = part("nixpkgs-22.11").canonicalize().expect("a folder").join("lib");
    write("default.nix", &format!("(import {}).evalModules {{ modules = [ ./units.nix ]; }}\n", lib.display()));
    write("mkwhy.toml", "own = [ \"units.nix\" ]\n");
    write(
        "units.nix",
        "{ lib, ... }: {\n  options.units = lib.mkOption { type = with lib.types; attrsOf (submodule (import ./others.nix lib)); };\n  \
         config.units.u.conf.name = \"u\";\n}\n",
    );
    write(
        "others.nix",
        "lib:\n{ config, ... }:\n{\n  options.script = lib.mkOption { default = \"\"; };\n  options.conf = lib.mkOption { type = \
         lib.types.attrsOf lib.types.str; };\n\n\n  config = lib.mkIf (config.script != \"\") {\n    conf.run = \"run\";\n  };\n}\n",
    );
    let workspace = open(folder.path(), &nixes()[1]);
    let answers = block_on(async {
        let target = workspace.target(None).await.expect("a target");
        workspace.why_all(&target, &["units.u.conf.run".parse().expect("a path")]).await.expect("it evaluates")
    });
    let Found::Cascade { cascade } = &answers[0].found else { panic!("{:?}", answers[0].found) };
    let [off] = cascade.definitions.as_slice() else { panic!("{:#?}", cascade.definitions) };
    assert_eq!((off.at.to_string().as_str(), off.source.as_deref()), ("units.nix", Some("\"run\"")));
    assert_eq!(off.written.spans(), None, "{off:#?}");
}
