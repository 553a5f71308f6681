//! What Nix says of a change: the values before and after it, of every target.
//!
//! Both sides are evaluated in the same way, from copies (`stage`), and every option is compared that the person's own
//! files define before or after, or that the change touches (`side`, `compare`). What cannot be compared, because nobody
//! can look into it, is only called unchanged where nothing that it is made of was touched (`touch`).
//!
//! Why that is enough: an evaluated configuration is what its modules and their arguments come to. Where every option that
//! an edit touches merges to the value that it had, the old configuration is what the new modules come to as well, and
//! options that nobody touched have the values they had. Only what looks at definitions instead of values (a warning that
//! names files) can tell the difference: `warnings` and `assertions` are always compared.

mod compare;
mod entry;
mod names;
mod side;
mod stage;
mod told;
mod touch;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mkwhy_model::{Change, FinalValue, Message, OptionPath};
use tokio::sync::Semaphore;

use crate::check::join_all;
use crate::error::Error;
use crate::targets::Target;
use crate::workspace::Workspace;
use side::Side;
use stage::{Ground, Stages};

/// A value that a change gives an option.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueChange {
    /// The option.
    pub option: OptionPath,
    /// Its value before.
    pub before: FinalValue,
    /// Its value after.
    pub after: FinalValue,
}

/// What a change comes to in one target.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TargetProof {
    /// The target.
    pub target: String,
    /// How many options were compared.
    pub compared: usize,
    /// The options whose value changes.
    pub changed: Vec<ValueChange>,
    /// The options of which nobody can say whether their value changes (packages, functions, what leads to an edited
    /// file), and which the change touches.
    pub uncompared: Vec<OptionPath>,
    /// Options that nobody can look into and that the change does not touch, which may follow others that change. Empty
    /// where nothing changes.
    pub following: Vec<OptionPath>,
    /// Why the target cannot be evaluated with the change, or could not before it.
    pub failure: Option<Message>,
}

/// What a change comes to. That of no change says nothing of any target.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proof {
    /// By target.
    pub targets: Vec<TargetProof>,
    /// How many different options were compared.
    pub options: usize,
    /// How long it took.
    pub took: Duration,
}

/// What is known of the texts before any change; made by the first proof and used by the next ones. It forgets by itself
/// what was evaluated of other texts.
#[derive(Debug, Clone, Default)]
pub struct Proofs {
    /// By the target.
    before: BTreeMap<String, Known>,
}

#[derive(Debug, Clone)]
struct Known {
    /// Of which texts, and by which settings.
    of: String,
    side: Arc<Side>,
}

impl Proofs {
    fn get(&self, target: &Target, of: &str) -> Option<Arc<Side>> {
        let known = self.before.get(&target.source)?;
        (known.of == of && known.side.stands()).then(|| known.side.clone())
    }

    fn put(&mut self, target: &Target, of: &str, side: Arc<Side>) {
        self.before.insert(target.source.clone(), Known { of: of.to_owned(), side });
    }
}

impl Workspace {
    /// Tries a change in a private copy and compares. Dropping the future ends everything that it started.
    ///
    /// # Errors
    /// If a file is not what the change speaks of, the copy cannot be made, or there is no Nix. A target that does not
    /// evaluate is part of the proof.
    pub async fn prove(&self, change: &Change, targets: &[Target], known: &mut Proofs) -> Result<Proof, Error> {
        self.prove_over(&BTreeMap::new(), change, targets, known).await
    }

    /// The files that a change makes and that Git has to be told of (`git add`) before Nix sees them: a flake in a Git
    /// repository is what Git tracks. In the private copy of a proof they are seen.
    pub fn files_to_add(&self, change: &Change) -> Vec<String> {
        let config = self.config();
        let of_git = |reference: Option<&str>| reference.is_none_or(|reference| !reference.starts_with("path:"));
        let flake = config.target.iter().any(|target| target.flake.is_some() && of_git(target.flake.as_deref()))
            || (config.target.is_empty()
                && self.root().join("flake.nix").is_file()
                && of_git(config.flake.reference.as_deref()));
        if !flake || !self.root().ancestors().any(|folder| folder.join(".git").exists()) {
            return Vec::new();
        }
        change.files().filter(|(_, file)| file.before.is_none()).map(|(name, _)| name.to_owned()).collect()
    }

    /// The same as [`Workspace::prove`] where some files have other texts than on disk, by the names that positions have: `None` for one that is
    /// left out.
    ///
    /// # Errors
    /// Those of [`Workspace::prove`].
    pub async fn prove_over(
        &self,
        unsaved: &BTreeMap<String, Option<Arc<str>>>,
        change: &Change,
        targets: &[Target],
        known: &mut Proofs,
    ) -> Result<Proof, Error> {
        let began = Instant::now();
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let permits = Semaphore::new(processors);
        let mut proofs: Vec<Option<(TargetProof, Vec<OptionPath>)>> = vec![None; targets.len()];
        for (ground, numbers) in Ground::of(self, targets)? {
            let stages = match Stages::of(self, &ground, unsaved, change).await? {
                Ok(stages) => stages,
                Err(failure) => {
                    for number in numbers {
                        let proof = failed(&targets[number], failure.clone());
                        proofs[number] = Some((proof, Vec::new()));
                    }
                    continue;
                }
            };
            let key = stages.key();
            let told = join_all(numbers.iter().map(|number| {
                let target = &targets[*number];
                side::compared(&stages, target, known.get(target, &key), &permits)
            }))
            .await;
            for (number, told) in numbers.into_iter().zip(told) {
                let target = &targets[number];
                proofs[number] = Some(match told {
                    Ok((proof, options, before)) => {
                        if let Some(before) = before {
                            known.put(target, &key, before);
                        }
                        (proof, options)
                    }
                    Err(failure) => (failed(target, failure), Vec::new()),
                });
            }
        }
        let (targets, options): (Vec<TargetProof>, Vec<Vec<OptionPath>>) = proofs.into_iter().flatten().unzip();
        let options: std::collections::BTreeSet<OptionPath> = options.into_iter().flatten().collect();
        Ok(Proof { targets, options: options.len(), took: began.elapsed() })
    }
}

fn failed(target: &Target, failure: Message) -> TargetProof {
    TargetProof { target: target.name.clone(), failure: Some(failure), ..TargetProof::default() }
}
