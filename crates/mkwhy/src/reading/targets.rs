//! The configurations of a workspace, as far as the text names them.

use std::path::Path;

use mkwhy_eval::Source;
use mkwhy_model::OptionPath;
use mkwhy_syntax::Source as Text;

use crate::config::Config;
use crate::error::Error;
use crate::targets::{SETS, Target, described, flake_reference, mark_default, no_such, position};

/// Every target that the text names; the default one is marked.
///
/// # Errors
/// If `mkwhy.toml` describes one wrongly, or names a default that there is not.
pub(crate) fn all(root: &Path, config: &Config) -> Result<Vec<Target>, Error> {
    if !config.target.is_empty() {
        let mut targets: Vec<Target> =
            config.target.iter().map(|target| described(root, target)).collect::<Result<_, _>>()?;
        mark_default(&mut targets, config)?;
        return Ok(targets);
    }
    let flake = root.join("flake.nix");
    let file = root.join("default.nix");
    let configuration = root.join("configuration.nix");
    let in_flake =
        |attribute| Source::Flake { reference: flake_reference(config.flake.reference.as_deref()), attribute };
    let in_file = |attribute| Source::File { file: file.clone(), attribute, arguments: Vec::new() };
    let mut targets = if flake.is_file() || config.flake.reference.is_some() {
        named(&flake, in_flake)
    } else if configuration.is_file() {
        vec![Target::new("configuration.nix", Source::Nixos { configuration })]
    } else {
        named(&file, in_file)
    };
    // A default that the text does not name is made by a function.
    if mark_default(&mut targets, config).is_err()
        && let Some(name) = &config.default_target
        && let Ok(attribute) = name.parse()
    {
        let source = if flake.is_file() { in_flake(attribute) } else { in_file(attribute) };
        targets.push(Target { default: true, ..Target::new(name, source) });
    }
    Ok(targets)
}

/// The target of a name, or the default one. A name that the text does not have may be made by a function: what is
/// named in full is believed.
///
/// # Errors
/// If there is no such target, or if `mkwhy.toml` describes one wrongly.
pub(crate) fn one(root: &Path, config: &Config, wanted: Option<&str>) -> Result<Target, Error> {
    let mut targets = all(root, config)?;
    let index = match wanted {
        None => targets.iter().position(|target| target.default),
        Some(name) => position(&targets, name),
    };
    if let Some(index) = index {
        return Ok(targets.swap_remove(index));
    }
    let name = wanted.unwrap_or_default();
    let attribute: Option<OptionPath> = name.parse().ok();
    let in_full = attribute.filter(|attribute| {
        attribute.is_empty() || attribute.segments().first().is_some_and(|set| SETS.contains(&set.to_string().as_str()))
    });
    let Some(attribute) = in_full else { return Err(no_such(&targets, name)) };
    let is_flake = root.join("flake.nix").is_file();
    let source = if is_flake {
        Source::Flake { reference: flake_reference(config.flake.reference.as_deref()), attribute }
    } else {
        Source::File { file: root.join("default.nix"), attribute, arguments: Vec::new() }
    };
    let shown = if name.is_empty() { if is_flake { "flake.nix" } else { "default.nix" } } else { name };
    Ok(Target::new(shown, source))
}

/// The configurations that a file names; the file as a whole where it names none.
fn named(file: &Path, source: impl Fn(OptionPath) -> Source) -> Vec<Target> {
    let text = mkwhy_index::bytes_on_disk(file).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(text) = text else { return Vec::new() };
    let text = Text::parse(text);
    let mut targets: Vec<Target> = SETS
        .iter()
        .flat_map(|set| text.names_in(set).into_iter().map(move |name| OptionPath::from_names([*set, &name])))
        .map(|attribute| Target::new(&attribute.to_string(), source(attribute)))
        .collect();
    if targets.is_empty() {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        targets.push(Target::new(&name, source(OptionPath::default())));
    }
    targets
}
