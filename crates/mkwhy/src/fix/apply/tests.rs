//! Writing that is interrupted at every step, and writing that is refused.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use mkwhy_model::{Change, Edit};
use tempfile::TempDir;

use super::desk::FOLDER;
use super::disk::{Disk, Operation, unwatched};
use super::{Applied, Recovered};
use crate::error::Error;

/// What the files hold, with everything in it that must not be touched.
const CRLF: &str = "\u{feff}{\r\n\ta = 1;\r\n}\r\n";
const SECRET: &str = "{ secret = 1; }";
const PLAIN: &str = "{\n  b = 1; # ü\n}\n";

/// Every kind of file in one folder, in memory where that is possible: thousands are made.
fn tree() -> TempDir {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::tempdir_in(place).expect("a folder");
    let root = folder.path();
    for inner in ["modules/deep", "real"] {
        fs::create_dir_all(root.join(inner)).expect("a folder");
    }
    let files = [
        ("crlf.nix", CRLF, 0o640),
        ("modules/run.nix", PLAIN, 0o755),
        ("modules/deep/secret.nix", SECRET, 0o600),
        ("real/target.nix", PLAIN, 0o644),
    ];
    for (name, text, mode) in files {
        fs::write(root.join(name), text).expect("written");
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).expect("set");
    }
    symlink("real/target.nix", root.join("link.nix")).expect("a link");
    folder
}

/// A change of all of them, with two new files.
fn change() -> Change {
    let mut change = Change::default();
    let mut edit = |name: &str, text: &str, old: &str, new: &str| {
        let at = text.find(old).expect("it is there");
        change.edit(name, &Arc::from(text), Edit::new(at..at + old.len(), new)).expect("apart");
    };
    edit("crlf.nix", CRLF, "a = 1", "a = 2");
    edit("modules/run.nix", PLAIN, "  b = 1; # ü\n", "");
    edit("modules/deep/secret.nix", SECRET, "1", "\"a longer text than before\"");
    edit("link.nix", PLAIN, "b", "c");
    change.create("modules/made.nix", "{ }\n").expect("new");
    change.create("new/folder/made.nix", "{\r\n}").expect("new");
    change
}

/// Everything in a folder: rights, and text or where a link leads.
type Snapshot = BTreeMap<PathBuf, (u32, Vec<u8>)>;

fn snapshot(root: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("readable").flatten() {
            let path = entry.path();
            let metadata = fs::symlink_metadata(&path).expect("there");
            let held = if metadata.is_dir() {
                folders.push(path.clone());
                Vec::new()
            } else if metadata.is_symlink() {
                fs::read_link(&path).expect("a link").into_os_string().into_encoded_bytes()
            } else {
                fs::read(&path).expect("readable")
            };
            found.insert(path.strip_prefix(root).expect("inside").to_owned(), (metadata.mode(), held));
        }
    }
    found
}

/// The trees that there may be.
fn old_and_new() -> (Snapshot, Snapshot) {
    let folder = tree();
    let old = snapshot(folder.path());
    write(folder.path(), &change()).expect("written");
    (old, snapshot(folder.path()))
}

fn watched<T>(mut watcher: impl FnMut(Operation, &Path) -> io::Result<()>, work: impl FnOnce(&mut Disk<'_>) -> T) -> T {
    work(&mut Disk::new(&mut watcher))
}

fn write(root: &Path, change: &Change) -> Result<Applied, Error> {
    watched(unwatched(), |disk| super::write(root, &[], change, disk))
}

fn recover(root: &Path) -> Result<Recovered, Error> {
    watched(unwatched(), |disk| super::recover(root, disk))
}

/// A watcher that stops operations from a step on: one of them, or all that follow too.
fn stopping(step: usize, all: bool) -> impl FnMut(Operation, &Path) -> io::Result<()> {
    let mut now = 0;
    move |_, _| {
        now += 1;
        let stops = now == step + 1 || (all && now > step);
        if stops { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
    }
}

fn steps_of(work: impl FnOnce(&mut Disk<'_>)) -> Vec<(Operation, PathBuf)> {
    let mut steps = Vec::new();
    watched(
        |operation, path| {
            steps.push((operation, path.to_owned()));
            Ok(())
        },
        work,
    );
    steps
}

#[test]
fn everything_is_written_and_nothing_else() {
    let folder = tree();
    let old = snapshot(folder.path());
    let applied = write(folder.path(), &change()).expect("written");
    assert_eq!(applied.files.len(), 6);
    assert_eq!(applied.created, ["modules/made.nix", "new/folder/made.nix"]);
    assert_eq!(applied.to_add, Vec::<String>::new(), "there is no Git");
    let new = snapshot(folder.path());
    let text = |name: &str| String::from_utf8(new[Path::new(name)].1.clone()).expect("text");
    assert_eq!(text("crlf.nix"), "\u{feff}{\r\n\ta = 2;\r\n}\r\n");
    assert_eq!(text("modules/deep/secret.nix"), "{ secret = \"a longer text than before\"; }");
    assert_eq!(text("real/target.nix"), "{\n  c = 1; # ü\n}\n");
    assert_eq!(new[Path::new("link.nix")], old[Path::new("link.nix")], "a link stays one");
    for (name, (mode, _)) in &old {
        assert_eq!(new[name].0, *mode, "{}", name.display());
    }
    let more: Vec<_> =
        new.keys().filter(|name| !old.contains_key(*name)).map(|name| name.display().to_string()).collect();
    assert_eq!(more, ["modules/made.nix", "new", "new/folder", "new/folder/made.nix"]);
}

#[test]
fn what_is_secret_is_readable_for_nobody_else_at_any_step() {
    let folder = tree();
    let root = folder.path();
    let secret = |held: &[u8]| String::from_utf8_lossy(held).contains("secret =");
    let mut places = std::collections::BTreeSet::new();
    let look = |_: Operation, _: &Path| {
        for (name, (mode, held)) in snapshot(root) {
            if secret(&held) {
                assert_eq!(mode & 0o077, 0, "{}", name.display());
                places.insert(name);
            }
        }
        Ok(())
    };
    watched(look, |disk| super::write(root, &[], &change(), disk)).expect("written");
    assert!(places.len() > 2, "the file, the journal and what is to take its place: {places:?}");
}

#[test]
fn what_is_to_be_told_to_git() {
    let folder = tree();
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    fs::write(folder.path().join("flake.nix"), "{ }").expect("written");
    let workspace = crate::Workspace::open(folder.path(), crate::Settings::default()).expect("a workspace");
    let applied = workspace.apply(&change()).expect("written");
    assert_eq!(applied.to_add, ["modules/made.nix", "new/folder/made.nix"]);
    assert_eq!(workspace.recover().expect("nothing to do"), Recovered::default());
}

/// The process that [`killed_at_every_step`] and others start.
#[test]
#[ignore = "started and killed by other tests"]
fn child() {
    let root = PathBuf::from(std::env::var_os("MKWHY_TEST_ROOT").expect("started by another test"));
    let die: usize = std::env::var("MKWHY_TEST_STEP").expect("a step").parse().expect("a number");
    let stays = std::env::var_os("MKWHY_TEST_STAYS").is_some();
    let mut now = 0;
    let done = watched(
        |_, _| {
            if now == die && stays {
                fs::write(root.join("waiting"), "").expect("written");
                std::thread::sleep(std::time::Duration::from_secs(60));
            }
            if now == die {
                let this = rustix::process::getpid();
                rustix::process::kill_process(this, rustix::process::Signal::KILL).expect("killed");
                loop {
                    std::thread::park();
                }
            }
            now += 1;
            Ok(())
        },
        |disk| super::write(&root, &[], &change(), disk),
    );
    done.expect("written");
}

fn start(root: &Path, step: usize, stays: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("a program"));
    command.args(["--exact", "fix::apply::tests::child", "--ignored", "--quiet"]);
    command.env("MKWHY_TEST_ROOT", root).env("MKWHY_TEST_STEP", step.to_string());
    if stays {
        command.env("MKWHY_TEST_STAYS", "1");
    }
    command.stdout(Stdio::null()).spawn().expect("it runs")
}

/// Whether it is the old or the new tree.
#[track_caller]
fn is_new(root: &Path, (old, new): &(Snapshot, Snapshot), when: &str) -> bool {
    let now = snapshot(root);
    let is_new = now == *new;
    let differs = now.keys().filter(|name| now.get(*name) != old.get(*name)).collect::<Vec<_>>();
    assert!(is_new || now == *old, "{when}: neither the old tree nor the new one: {differs:?}");
    is_new
}

#[test]
fn killed_at_every_step() {
    let both = old_and_new();
    let steps = all_steps();
    assert!(steps.len() > 60, "{steps:?}");
    let mut finished = Vec::new();
    for step in 0..=steps.len() {
        let folder = tree();
        let root = folder.path();
        let status = start(root, step, false).wait().expect("it ends");
        let when = format!("killed before {:?}", steps.get(step));
        if step == steps.len() {
            assert!(status.success() && is_new(root, &both, &when), "it comes to its end");
            break;
        }
        assert_eq!(status.signal(), Some(9), "{when}");
        // No file is ever anything but what it was or is to be.
        for (name, held) in snapshot(root) {
            let known = [both.0.get(&name), both.1.get(&name)];
            let of_mkwhy = name.starts_with(FOLDER) || name.to_string_lossy().contains(".mkwhy-");
            assert!(of_mkwhy || known.contains(&Some(&held)), "{when}: {}", name.display());
            assert!(!of_mkwhy || name.extension().is_none_or(|extension| extension != "nix"), "it would be imported");
        }
        let recovered = recover(root).expect("recovered");
        finished.push(is_new(root, &both, &when));
        assert!(recovered.left.is_empty(), "{when}: {recovered:?}");
        if !recovered.is_empty() {
            let list = if finished[step] { &recovered.finished } else { &recovered.rolled_back };
            assert_eq!(list.len(), 6, "{when}: {recovered:?}");
        }
        assert_eq!(recover(root).expect("nothing to do"), Recovered::default());
    }
    let first = finished.iter().position(|finished| *finished).expect("some are finished");
    assert!(first > 20 && finished[first..].iter().all(|finished| *finished), "there is one point of no return");
}

/// A tree in which a process died before a step.
fn interrupted(step: usize) -> TempDir {
    let folder = tree();
    watched(stopping(step, true), |disk| super::write(folder.path(), &[], &change(), disk)).expect_err("interrupted");
    folder
}

fn all_steps() -> Vec<(Operation, PathBuf)> {
    let folder = tree();
    steps_of(|disk| drop(super::write(folder.path(), &[], &change(), disk)))
}

/// The number of the step that renames the new text of a file into its place.
fn step_of(name: &str) -> usize {
    let is_it = |(operation, path): &(Operation, PathBuf)| *operation == Operation::Rename && path.ends_with(name);
    all_steps().iter().position(is_it).expect("it is renamed")
}

#[test]
fn interrupted_while_it_recovers() {
    let both = old_and_new();
    // The last steps remove what nobody needs any more; their failure is none.
    let steps = step_of("new/folder/made.nix") + 2;
    for (step, what) in all_steps().iter().enumerate().take(steps) {
        let recovery = steps_of(|disk| drop(super::recover(interrupted(step).path(), disk))).len();
        for again in 0..recovery {
            let folder = interrupted(step);
            // The very last ones may fail without harm here too.
            let _ = watched(stopping(again, true), |disk| super::recover(folder.path(), disk));
            recover(folder.path()).expect("recovered");
            is_new(folder.path(), &both, &format!("interrupted before {what:?}, then {again} steps later"));
        }
    }
}

#[test]
fn a_step_that_fails_costs_nothing() {
    let both = old_and_new();
    let mut failed = 0;
    for (step, what) in all_steps().iter().enumerate() {
        let folder = tree();
        let done = watched(stopping(step, false), |disk| super::write(folder.path(), &[], &change(), disk));
        let when = format!("no room at {what:?}");
        let root = folder.path();
        let left = fs::read_dir(root.join(FOLDER)).map(|left| left.flatten().map(|entry| entry.file_name()).collect());
        let left: Vec<_> = left.unwrap_or_default();
        match &done {
            // A folder that could not be brought to the disk is left to the next run.
            Err(wrong) if wrong.to_string().starts_with("everything is written") => {
                assert!(left.contains(&"committed.json".into()), "{when}: {left:?}");
                recover(root).expect("recovered");
                assert!(is_new(root, &both, &when));
            }
            Err(wrong) => {
                failed += 1;
                assert!(wrong.to_string().contains("no storage space"), "{when}: {wrong}");
                assert_eq!(left, Vec::<std::ffi::OsString>::new(), "{when}");
                assert!(!is_new(root, &both, &when), "{when}");
            }
            Ok(_) => {
                recover(root).expect("recovered");
                assert!(is_new(root, &both, &when));
            }
        }
    }
    assert!(failed > 30, "{failed}");
}

/// What is renamed has to be on the disk before, or a machine that loses its power keeps the names without the texts.
#[test]
fn everything_is_on_the_disk_before_it_counts() {
    let steps = all_steps();
    let first = |wanted: Operation, path: &str| {
        let found = steps.iter().position(|(operation, at)| *operation == wanted && at.ends_with(path));
        found.unwrap_or_else(|| panic!("no {wanted:?} of {path}"))
    };
    let last_sync = |folder: &Path, before: usize| {
        steps[..before].iter().rposition(|(operation, at)| *operation == Operation::SyncFolder && at == folder)
    };
    let committed = first(Operation::Rename, "committed.json");
    let began = first(Operation::Rename, "prepared.json");
    assert!(first(Operation::Sync, "journal.new") < began);
    let desk = steps[committed].1.parent().expect("a folder").to_owned();
    assert!(last_sync(&desk, committed).is_some_and(|sync| sync > began), "the journal has its name");
    assert!(last_sync(desk.parent().expect("the root"), began).is_some(), "its folder has its name");
    let ended = first(Operation::RemoveFile, "committed.json");
    for name in ["crlf.nix", "modules/run.nix", "real/target.nix", "new/folder/made.nix"] {
        let path = Path::new(name);
        let beside = path.with_file_name(format!(".{}.mkwhy-new", path.file_name().expect("a name").to_string_lossy()));
        let [made, synced] =
            [Operation::CreateFile, Operation::Sync].map(|wanted| first(wanted, &beside.to_string_lossy()));
        assert!(began < made && made < synced && synced < committed, "{name}");
        let renamed = first(Operation::Rename, name);
        let folder = steps[renamed].1.parent().expect("a folder").to_owned();
        assert!(last_sync(&folder, committed).is_some_and(|sync| sync > synced), "{name}: its new text has a name");
        let first_sync_of_desk = steps[committed..]
            .iter()
            .position(|(operation, at)| *operation == Operation::SyncFolder && *at == desk)
            .expect("synced")
            + committed;
        assert!(first_sync_of_desk < renamed, "{name}");
        assert!(last_sync(&folder, ended).is_some_and(|sync| sync > renamed), "{name}: it stays in its place");
    }
}

#[test]
fn what_somebody_edited_meanwhile_stays() {
    let (old, _) = old_and_new();
    // It waited for its new text: the others go back.
    let folder = interrupted(step_of("modules/run.nix"));
    let root = folder.path();
    fs::write(root.join("modules/run.nix"), "mine").expect("written");
    let recovered = recover(root).expect("recovered");
    assert_eq!(recovered.left, ["modules/run.nix"]);
    assert_eq!((recovered.rolled_back.len(), recovered.finished.len()), (5, 0), "{recovered:?}");
    let mut expected = old;
    expected.get_mut(Path::new("modules/run.nix")).expect("there").1 = b"mine".to_vec();
    assert_eq!(snapshot(root), expected);

    // Everything was in its place: nothing goes back.
    let folder = interrupted(step_of("new/folder/made.nix") + 1);
    let root = folder.path();
    for (name, text) in [("crlf.nix", CRLF), ("modules/run.nix", "mine")] {
        fs::write(root.join(name), text).expect("written");
    }
    let before = snapshot(root);
    let recovered = recover(root).expect("recovered");
    assert_eq!(recovered.left, ["crlf.nix", "modules/run.nix"]);
    assert_eq!((recovered.rolled_back.len(), recovered.finished.len()), (0, 4), "{recovered:?}");
    let is_content = |name: &&PathBuf| !name.starts_with(FOLDER);
    assert_eq!(snapshot(root).keys().collect::<Vec<_>>(), before.keys().filter(is_content).collect::<Vec<_>>());
    assert_eq!(fs::read_to_string(root.join("modules/run.nix")).expect("there"), "mine");
}

#[test]
fn the_next_one_that_writes_recovers_first() {
    let (_, new) = old_and_new();
    let folder = interrupted(step_of("modules/run.nix"));
    let wrong = write(folder.path(), &change()).expect_err("it is done already");
    assert!(wrong.to_string().ends_with("nothing was written"), "{wrong}");
    recover(folder.path()).expect("recovered");
    assert_eq!(snapshot(folder.path()), new);
    let folder = interrupted(step_of("crlf.nix") - 2);
    write(folder.path(), &change()).expect("written");
    assert_eq!(snapshot(folder.path()), new);
}

#[test]
fn one_process_at_a_time() {
    let (old, new) = old_and_new();
    let folder = tree();
    let root = folder.path();
    let step = step_of("modules/run.nix");
    let mut other = start(root, step, true);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !root.join("waiting").exists() && std::time::Instant::now() < end {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    fs::remove_file(root.join("waiting")).expect("it holds the lock");
    let before = snapshot(root);
    let mut harmless = Change::default();
    harmless.create("other.nix", "{ }").expect("new");
    for wrong in [write(root, &harmless).map(drop), recover(root).map(drop)] {
        assert!(wrong.expect_err("held").to_string().starts_with("another mkwhy is writing in"));
    }
    assert_eq!(snapshot(root), before, "the journal of the other one is left alone");
    other.kill().expect("killed");
    other.wait().expect("ended");
    write(root, &harmless).expect("a dead process holds nothing");
    let mut now = snapshot(root);
    now.remove(Path::new("other.nix")).expect("written");
    assert_eq!(now, new, "and the change of the dead one is finished");
    assert_ne!(now, old);
}

#[test]
fn of_several_that_begin_at_once_one_writes() {
    let (_, new) = old_and_new();
    for _ in 0..10 {
        let folder = tree();
        let root = folder.path();
        let done: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| write(root, &change()))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        assert_eq!(snapshot(root), new);
    }
}

/// Sees to it that a change of a file is refused in these words, and that nothing is written.
#[track_caller]
fn check_refused(folder: &TempDir, stores: &[PathBuf], name: &str, before: Option<&str>, words: &str) {
    let root = folder.path();
    let now = snapshot(root);
    let mut change = Change::default();
    // It comes first, and must not be written either.
    change.edit("crlf.nix", &Arc::from(CRLF), Edit::new(0..0, "# new\n")).expect("apart");
    match before {
        Some(text) => change.edit(name, &Arc::from(text), Edit::new(0..0, "# new\n")).expect("apart"),
        None => change.create(name, "{ }").expect("new"),
    }
    let mut steps = 0;
    let wrong = watched(
        |_, _| {
            steps += 1;
            Ok(())
        },
        |disk| super::write(root, stores, &change, disk),
    );
    let wrong = wrong.map(|_| ()).expect_err(words);
    assert!(wrong.to_string().contains(words), "{wrong}");
    assert_eq!(wrong.kind(), crate::ErrorKind::Writing);
    assert_eq!((steps, snapshot(root)), (0, now), "{words}");
}

#[test]
fn what_was_changed_since_is_not_written() {
    let folder = tree();
    check_refused(
        &folder,
        &[],
        "modules/run.nix",
        Some("{ }"),
        "modules/run.nix was changed since it was read; nothing",
    );
    check_refused(&folder, &[], "modules/no.nix", Some("{ }"), "modules/no.nix is gone; nothing was written");
    check_refused(&folder, &[], "modules/run.nix", None, "modules/run.nix exists already; nothing was written");
    let without_end = CRLF.trim_end();
    fs::write(folder.path().join("modules/run.nix"), without_end).expect("written");
    check_refused(&folder, &[], "modules/run.nix", Some(&without_end.replace('\r', "")), "was changed since");
}

#[test]
fn what_is_saved_while_it_writes_is_not_lost() {
    let folder = tree();
    let root = folder.path();
    let save = |operation, path: &Path| {
        if operation == Operation::Sync && path.ends_with("modules/.run.nix.mkwhy-new") {
            fs::write(root.join("modules/run.nix"), "mine")?;
        }
        Ok(())
    };
    let wrong = watched(save, |disk| super::write(root, &[], &change(), disk)).expect_err("refused");
    assert!(wrong.to_string().contains("modules/run.nix was changed since it was read"), "{wrong}");
    let mut expected = old_and_new().0;
    expected.get_mut(Path::new("modules/run.nix")).expect("there").1 = b"mine".to_vec();
    assert_eq!(snapshot(root), expected);
}

#[test]
fn nothing_is_written_elsewhere() {
    let (folder, elsewhere) = (tree(), tree());
    let root = folder.path();
    symlink(elsewhere.path().join("crlf.nix"), root.join("out.nix")).expect("a link");
    symlink(elsewhere.path().join("modules"), root.join("out")).expect("a link");
    symlink("nowhere", root.join("dangling.nix")).expect("a link");
    fs::create_dir(root.join(".git")).expect("a folder");
    symlink(".git", root.join("git")).expect("a link");
    let theirs = snapshot(elsewhere.path());
    let absolute = elsewhere.path().join("crlf.nix").display().to_string();
    for name in [absolute.as_str(), "../x.nix", "modules/../../x.nix", ".git/config", ""] {
        check_refused(&folder, &[], name, Some(CRLF), "is no file of the workspace");
        check_refused(&folder, &[], name, None, "is no file of the workspace");
    }
    check_refused(&folder, &[], "out.nix", Some(CRLF), "out.nix leads out of the workspace");
    check_refused(&folder, &[], "out/run.nix", Some(PLAIN), "out/run.nix leads out of the workspace");
    check_refused(&folder, &[], "out/new/x.nix", None, "out/new/x.nix leads out of the workspace");
    check_refused(&folder, &[], "git/x.nix", None, "git/x.nix leads out of the workspace");
    check_refused(&folder, &[], "dangling.nix", None, "dangling.nix exists already");
    assert_eq!(snapshot(elsewhere.path()), theirs);
}

#[test]
fn nothing_is_written_into_a_store() {
    let folder = tree();
    let root = folder.path().canonicalize().expect("there");
    check_refused(&folder, &[root.join("real")], "link.nix", Some(PLAIN), "link.nix lies in the Nix store");
    check_refused(&folder, &[root.join("real")], "real/new.nix", None, "real/new.nix lies in the Nix store");
    check_refused(&folder, std::slice::from_ref(&root), "link.nix", Some(PLAIN), "lies in the Nix store");
}

#[test]
fn what_is_read_only_is_refused() {
    let folder = tree();
    let root = folder.path();
    let mode = |name: &str, mode: u32| {
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).expect("set");
    };
    mode("modules/run.nix", 0o555);
    check_refused(&folder, &[], "modules/run.nix", Some(PLAIN), "modules/run.nix is read-only");
    mode("modules/run.nix", 0o755);
    mode("modules/deep", 0o555);
    let words = "the folder";
    check_refused(&folder, &[], "modules/deep/secret.nix", Some(SECRET), words);
    check_refused(&folder, &[], "modules/deep/new/x.nix", None, words);
    mode("modules/deep", 0o755);
}

#[test]
fn what_is_in_the_way_is_left_there() {
    let folder = tree();
    let root = folder.path();
    fs::write(root.join("modules/.run.nix.mkwhy-new"), "somebody's").expect("written");
    check_refused(&folder, &[], "modules/run.nix", Some(PLAIN), "modules/.run.nix.mkwhy-new is in the way");
    check_refused(&folder, &[], "link.nix", Some("{ }"), "link.nix was changed since");
    check_refused(&folder, &[], "modules", Some("{ }"), "modules is no regular file");
    check_refused(&folder, &[], "crlf.nix/x.nix", None, "crlf.nix/x.nix cannot be created");
    let mut twice = Change::default();
    for name in ["link.nix", "real/target.nix"] {
        twice.edit(name, &Arc::from(PLAIN), Edit::new(0..0, "#")).expect("apart");
    }
    let wrong = write(root, &twice).expect_err("one file under two names");
    assert_eq!(wrong.to_string(), "real/target.nix and link.nix are the same file");
}

#[test]
fn a_journal_that_nobody_understands_is_for_a_person() {
    let folder = tree();
    let root = folder.path();
    let elsewhere = tree();
    symlink(elsewhere.path(), root.join("out")).expect("a link");
    fs::create_dir(root.join(FOLDER)).expect("a folder");
    let entry = |path: &str| {
        let path = serde_json::to_string(path).expect("JSON");
        format!(r#"{{"version":1,"folders":[],"files":[{{"name":"x","path":{path},"before":"x","after":"y"}}]}}"#)
    };
    let absolute = elsewhere.path().join("crlf.nix").display().to_string();
    let broken =
        [String::new(), "{}".into(), entry("a").replace(":1", ":2"), entry("../x"), entry("out/x"), entry(&absolute)];
    for text in broken {
        fs::write(root.join(FOLDER).join("committed.json"), &text).expect("written");
        let now = snapshot(root);
        for wrong in [recover(root).map(drop), write(root, &change()).map(drop)] {
            let wrong = wrong.expect_err(&text);
            assert!(wrong.to_string().starts_with("what an earlier mkwhy was writing is not clear"), "{wrong}");
            assert!(wrong.help().is_some_and(|help| help.contains(FOLDER)), "{wrong:?}");
        }
        let content =
            |tree: Snapshot| tree.into_iter().filter(|(name, _)| !name.starts_with(FOLDER)).collect::<Snapshot>();
        assert_eq!(content(snapshot(root)), content(now));
    }
    fs::remove_dir_all(root.join(FOLDER)).expect("removed");
    symlink(elsewhere.path(), root.join(FOLDER)).expect("a link");
    let theirs = snapshot(elsewhere.path());
    let wrong = write(root, &change()).expect_err("a link in place of the folder");
    assert!(wrong.to_string().contains("is no folder"), "{wrong}");
    assert_eq!(snapshot(elsewhere.path()), theirs);
}
