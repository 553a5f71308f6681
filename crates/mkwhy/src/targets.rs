//! The configurations of a workspace, found or described.

use std::path::Path;

use mkwhy_eval::{Evaluator, Source};
use mkwhy_model::OptionPath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Config, TargetConfig};
use crate::error::{Error, ErrorKind};

/// A configuration that can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// How it is named.
    pub name: String,
    /// `flake`, `file` or `expression`.
    pub kind: String,
    /// Where it is, for people.
    pub source: String,
    /// Whether it is asked when no target is named.
    pub default: bool,
    #[serde(skip)]
    pub(crate) inner: Option<mkwhy_eval::Target>,
}

/// The sets of a flake's outputs, or of a file's, that hold configurations.
pub(crate) const SETS: [&str; 3] = ["nixosConfigurations", "darwinConfigurations", "homeConfigurations"];

impl Target {
    pub(crate) fn new(name: &str, source: Source) -> Self {
        let (kind, shown) = match &source {
            Source::Flake { reference, attribute } => ("flake", format!("{reference}#{attribute}")),
            Source::File { file, attribute, .. } if attribute.is_empty() => ("file", file.display().to_string()),
            Source::File { file, attribute, .. } => ("file", format!("{} ({attribute})", file.display())),
            Source::Nixos { configuration } => ("file", configuration.display().to_string()),
            Source::Expression { text } => ("expression", text.clone()),
        };
        let inner = Some(mkwhy_eval::Target { name: name.to_owned(), source });
        Self { name: name.to_owned(), kind: kind.to_owned(), source: shown, default: false, inner }
    }
}

/// Every target of a workspace; the default one is marked.
pub(crate) async fn all(evaluator: &Evaluator, config: &Config) -> Result<Vec<Target>, Error> {
    let mut targets = if config.target.is_empty() {
        discovered(evaluator, config).await?
    } else {
        config.target.iter().map(|target| described(&evaluator.directory, target)).collect::<Result<_, _>>()?
    };
    mark_default(&mut targets, config)?;
    Ok(targets)
}

/// Marks the one that is asked when none is named.
pub(crate) fn mark_default(targets: &mut [Target], config: &Config) -> Result<(), Error> {
    let index = match &config.default_target {
        None => position(targets, &host_name()).unwrap_or_default(),
        Some(name) => position(targets, name).ok_or_else(|| no_such(targets, name).with_file(Config::FILE))?,
    };
    if let Some(target) = targets.get_mut(index) {
        target.default = true;
    }
    Ok(())
}

/// There is no target of a name; the help lists those that there are.
pub(crate) fn no_such(targets: &[Target], name: &str) -> Error {
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    Error::new(ErrorKind::NotFound, format!("there is no target {name:?}"))
        .with_help(format!("there are: {}", names.join(", ")))
}

/// The index of a target by its name, or by the last part of it where that is unambiguous.
pub(crate) fn position(targets: &[Target], name: &str) -> Option<usize> {
    targets.iter().position(|target| target.name == name).or_else(|| {
        let mut matching =
            targets.iter().enumerate().filter(|(_, target)| last_name(&target.name).as_deref() == Some(name));
        let (index, _) = matching.next()?;
        matching.next().is_none().then_some(index)
    })
}

fn last_name(name: &str) -> Option<String> {
    match name.parse::<OptionPath>().ok()?.segments().last()? {
        mkwhy_model::Segment::Name(name) => Some(name.clone()),
        mkwhy_model::Segment::Index(_) => None,
    }
}

/// The reference of the workspace's own flake, as Nix understands it in the root.
pub(crate) fn flake_reference(reference: Option<&str>) -> String {
    reference.unwrap_or(".").to_owned()
}

fn attribute(text: Option<&str>, target: &str) -> Result<OptionPath, Error> {
    text.unwrap_or_default().parse().map_err(|wrong| {
        Error::new(
            ErrorKind::Usage,
            format!("{}: the attribute of target {target:?} is no attribute path: {wrong}", Config::FILE),
        )
    })
}

pub(crate) fn described(root: &Path, target: &TargetConfig) -> Result<Target, Error> {
    let attribute = attribute(target.attribute.as_deref(), &target.name)?;
    let source = if let Some(reference) = &target.flake {
        Source::Flake { reference: flake_reference(Some(reference)), attribute }
    } else if let Some(file) = &target.file {
        let arguments = target.arguments.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Source::File { file: root.join(file), attribute, arguments }
    } else {
        Source::Expression { text: target.expression.clone().unwrap_or_default() }
    };
    Ok(Target::new(&target.name, source))
}

async fn discovered(evaluator: &Evaluator, config: &Config) -> Result<Vec<Target>, Error> {
    let root = &evaluator.directory;
    if root.join("flake.nix").is_file() || config.flake.reference.is_some() {
        return in_flake(evaluator, config).await;
    }
    if root.join("configuration.nix").is_file() {
        return Ok(vec![Target::new(
            "configuration.nix",
            Source::Nixos { configuration: root.join("configuration.nix") },
        )]);
    }
    if root.join("default.nix").is_file() {
        return in_file(evaluator).await;
    }
    Err(Error::new(
        ErrorKind::NotFound,
        format!("there is no configuration in {}: no flake.nix, configuration.nix or default.nix", root.display()),
    )
    .with_help("name one in mkwhy.toml: [[target]] with file, flake or expression"))
}

async fn in_flake(evaluator: &Evaluator, config: &Config) -> Result<Vec<Target>, Error> {
    let reference = flake_reference(config.flake.reference.as_deref());
    let source = |set: &str| Source::Flake { reference: reference.clone(), attribute: OptionPath::from_names([set]) };
    let sources = SETS.map(source);
    let names = "builtins.attrNames";
    let (nixos, darwin, home) = tokio::try_join!(
        evaluator.apply(&sources[0], names),
        evaluator.apply(&sources[1], names),
        evaluator.apply(&sources[2], names)
    )
    .map_err(|error| from_eval(evaluator, &error))?;
    let mut targets = Vec::new();
    for (set, names) in SETS.into_iter().zip([nixos, darwin, home]) {
        for name in strings(names.as_ref()) {
            let attribute = OptionPath::from_names([set, &name]);
            targets
                .push(Target::new(&attribute.to_string(), Source::Flake { reference: reference.clone(), attribute }));
        }
    }
    if targets.is_empty() {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("the flake of {} has no {}", root_of(evaluator), SETS.join(", no ")),
        )
        .with_help("name the configuration in mkwhy.toml: [[target]] name = \"…\", flake = \".\", attribute = \"…\""));
    }
    Ok(targets)
}

fn root_of(evaluator: &Evaluator) -> std::path::Display<'_> {
    evaluator.directory.display()
}

async fn in_file(evaluator: &Evaluator) -> Result<Vec<Target>, Error> {
    let file = evaluator.directory.join("default.nix");
    let source = |attribute| Source::File { file: file.clone(), attribute, arguments: Vec::new() };
    let sets = SETS.map(|set| format!("{set} = builtins.attrNames (x.{set} or {{ }});")).join(" ");
    let function = format!("x: {{ itself = x ? options && x ? config; {sets} }}");
    let found = evaluator
        .apply(&source(OptionPath::default()), &function)
        .await
        .map_err(|error| from_eval(evaluator, &error))?;
    let found = found.unwrap_or_default();
    let mut targets = Vec::new();
    if found["itself"] == true {
        targets.push(Target::new("default.nix", source(OptionPath::default())));
    }
    for set in SETS {
        for name in strings(found.get(set)) {
            let attribute = OptionPath::from_names([set, &name]);
            targets.push(Target::new(&attribute.to_string(), source(attribute)));
        }
    }
    if targets.is_empty() {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("{} is no configuration and has no {}", file.display(), SETS.join(", no ")),
        )
        .with_help(
            "name the configuration in mkwhy.toml: [[target]] name = \"…\", file = \"default.nix\", attribute = \"…\"",
        ));
    }
    Ok(targets)
}

fn strings(json: Option<&serde_json::Value>) -> Vec<String> {
    json.and_then(|json| json.as_array())
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

fn from_eval(evaluator: &Evaluator, error: &mkwhy_eval::Error) -> Error {
    let root = evaluator.directory.clone();
    Error::from_eval(error, move |file| {
        file.strip_prefix(&*root.to_string_lossy())
            .map_or_else(|| file.to_owned(), |relative| relative.trim_start_matches('/').to_owned())
    })
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
