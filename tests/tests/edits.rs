//! Where definitions are after the files were edited, between an evaluation by real Nix and the question.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use mkwhy::{Answer, Definition, Evaluated, Found, Knowledge, OptionPath, Written};
use mkwhy_tests::{block_on, nixes, open, part};

const A: &str = "{ lib, ... }: {\n  x = lib.mkForce 1;\n  s.t = lib.mkIf true 2;\n}\n";

/// A configuration of one module, evaluated.
fn evaluated(folder: &Path) -> Evaluated {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    let lib = part("nixpkgs-22.11").canonicalize().expect("a folder").join("lib");
    write(
        "default.nix",
        &format!("let lib = import {}; in lib.evalModules {{ modules = [ ./o.nix ./a.nix ]; }}", lib.display()),
    );
    write(
        "o.nix",
        "{ lib, ... }: { options = { x = lib.mkOption { type = lib.types.int; }; s = lib.mkOption { type = lib.types.attrsOf lib.types.int; }; }; }",
    );
    write("a.nix", A);
    let workspace = open(folder, &nixes()[0]);
    let paths: Vec<OptionPath> = ["x", "s.t"].map(|path| path.parse().expect("a path")).to_vec();
    block_on(async {
        let target = workspace.target(None).await.expect("a target");
        workspace.evaluate(&target, &paths).await.expect("it evaluates")
    })
}

fn definition(answer: &Answer) -> &Definition {
    let Found::Cascade { cascade } = &answer.found else { panic!("{:?}", answer.found) };
    cascade.definitions.first().expect("a definition")
}

/// What became of the definition of `x` when `a.nix` is this; and whether the answer is known to be old.
fn after(evaluated: &Evaluated, text: &str) -> (Definition, bool) {
    let texts: BTreeMap<&str, &str> = BTreeMap::from([("a.nix", text)]);
    let answers = evaluated.now(|file| texts.get(file).map(|text| Arc::from(*text)));
    (definition(&answers[0]).clone(), answers[0].known == Knowledge::Stale)
}

#[test]
fn places_move_with_the_text_or_are_given_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let evaluated = evaluated(folder.path());
    let slice = |text: &str, range: &std::ops::Range<usize>| text[range.clone()].to_owned();

    // As it was.
    let (same, old) = after(&evaluated, A);
    let Written::Literal { spans } = &same.written else { panic!("{:?}", same.written) };
    assert_eq!((same.at.line, same.at.column, old), (Some(2), Some(3), false));
    assert_eq!(slice(A, &spans.name), "x");
    assert_eq!(slice(A, &spans.value), "1");
    assert_eq!(slice(A, &spans.binding), "x = lib.mkForce 1;");
    assert_eq!(spans.wrapper.as_ref().map(|range| slice(A, range)).as_deref(), Some("lib.mkForce 1"));

    // Lines above and text before it on its line.
    let text = A.replace("  x =", "  # why\n  y = 3;\n  /* ü */ x =");
    let (moved, old) = after(&evaluated, &text);
    let Written::Literal { spans } = &moved.written else { panic!("{:?}", moved.written) };
    assert_eq!((moved.at.line, moved.at.column, old), (Some(4), Some(12), true));
    assert_eq!(slice(&text, &spans.binding), "x = lib.mkForce 1;");

    // Another value.
    let text = A.replace("mkForce 1", "mkForce 12");
    let (edited, old) = after(&evaluated, &text);
    let Written::Edited { spans } = &edited.written else { panic!("{:?}", edited.written) };
    assert_eq!((edited.at.line, slice(&text, &spans.value), old), (Some(2), "12".to_owned(), true));

    // Gone, renamed, put into another set, or the whole file gone.
    for text in [
        A.replace("  x = lib.mkForce 1;\n", ""),
        A.replace("x =", "xx ="),
        A.replace("  x = lib.mkForce 1;", "  y = {\n  x = lib.mkForce 1;\n  };"),
        String::new(),
    ] {
        let (lost, old) = after(&evaluated, &text);
        assert_eq!(lost.written, Written::Stale, "{text}");
        assert_eq!((lost.at.line, lost.at.column, old), (None, None, true), "{text}");
    }
}

#[test]
fn edits_follow_one_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let evaluated = evaluated(folder.path());
    // Every prefix of something being typed above the definition.
    let typed = "  networking.hostName = lib.mkDefault \"ü\";\n";
    let mut found = 0;
    for end in (0..=typed.len()).filter(|end| typed.is_char_boundary(*end)) {
        let text = A.replacen("  x =", &format!("{}  x =", &typed[..end]), 1);
        let (definition, _) = after(&evaluated, &text);
        // It is found, or given up; it is never anywhere else.
        if let (Some(line), Some(spans)) = (definition.at.line, definition.written.spans()) {
            found += 1;
            assert_eq!(&text[spans.name.clone()], "x", "{text}");
            assert_eq!(text.lines().nth(line as usize - 1).map(|line| line.contains("x = lib.mkForce 1;")), Some(true));
        }
    }
    assert!(found > typed.len() / 2, "{found} of {}", typed.len());
}

#[test]
fn a_file_that_is_written_while_nix_evaluates_is_not_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    evaluated(folder.path());
    // As if somebody saved it a moment later than the evaluation began.
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    let file = std::fs::File::options().write(true).open(folder.path().join("a.nix")).expect("the file");
    file.set_modified(later).expect("a time");
    let workspace = open(folder.path(), &nixes()[0]);
    let answer = block_on(async {
        let target = workspace.target(None).await.expect("a target");
        workspace.why(&target, &"x".parse().expect("a path")).await.expect("an answer")
    });
    assert_eq!(answer.known, Knowledge::Stale);
}
