//! `mkwhy fix` where somebody can be asked.

use std::collections::{BTreeMap, BTreeSet};

use mkwhy::{Batch, Finding, Fix, Proof};

use super::choice::Item;
use super::{MOST_ROUNDS, Run};
use crate::commands::dialogue::{Dialogue, Way};
use crate::exit::Failure;
use crate::json::FixOutcome;
use crate::render;

/// What becomes of a fix that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Other,
    All,
    Quit,
}

/// What a finding is known by in the next round.
type Key = (String, Option<String>, String);

fn key(finding: &Finding) -> Key {
    let option = finding.option.as_ref().map(ToString::to_string);
    // Lines move when others are fixed.
    (finding.code.clone(), option, finding.site.at.file.clone())
}

impl Run<'_> {
    /// Shows each fix with its proof, and writes what is wanted.
    pub(super) async fn ask(&mut self) -> Result<(), Failure> {
        let mut dialogue = Dialogue::new(self.writing.output);
        for note in std::mem::take(&mut self.writing.notes) {
            dialogue.tell(&render::fix::note(&note, &self.writing.asked.look));
        }
        let mut declined: BTreeSet<Key> = BTreeSet::new();
        for _ in 0..MOST_ROUNDS {
            let looked = self.look().await?;
            if self.writing.proves() && !looked.evaluates {
                // What cannot be proved is only shown.
                return self.go_from(looked).await.map(drop);
            }
            let by_name = !self.arguments.codes.is_empty();
            let mut items: Vec<(Item, usize)> = Vec::new();
            for item in looked.items.into_iter().filter(|item| !declined.contains(&key(&item.finding))) {
                let number = item.preferred(by_name).or_else(|| item.changing().next().filter(|_| by_name));
                let Some(number) = number else { continue };
                // Two findings may be settled by the same edits.
                let same = |(known, other): &(Item, usize)| known.fixes[*other].change == item.fixes[number].change;
                if !items.iter().any(same) {
                    items.push((item, number));
                }
            }
            let fixes: Vec<Fix> = items.iter().map(|(item, number)| item.fixes[*number].clone()).collect();
            let batch = self.batch(&looked.inspections, &fixes, self.writing.proves()).await?;
            let mut asked = Asked { accepted: Vec::new(), declined: Vec::new(), quit: false };
            self.each(&mut dialogue, &items, &batch, &mut asked).await?;
            for finding in &asked.declined {
                declined.insert(key(finding));
                self.told.fix(finding, None, FixOutcome::Declined, Vec::new(), None);
            }
            self.quit |= asked.quit;
            let quit = asked.quit || !self.told.to_add.is_empty();
            if !self.write_accepted(&mut dialogue, asked, &fixes, &batch).await? || quit {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Asks about each fix.
    async fn each(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        items: &[(Item, usize)],
        batch: &Batch,
        asked: &mut Asked,
    ) -> Result<(), Failure> {
        let mut all = false;
        let to_ask: Vec<usize> = (0..items.len()).filter(|number| !batch.postponed.contains(number)).collect();
        for (place, number) in to_ask.iter().enumerate() {
            let (item, preferred) = &items[*number];
            let refusal = batch.refused.iter().find(|(refused, _)| refused == number).map(|(_, proof)| proof.clone());
            if all && refusal.is_none() {
                asked.accepted.push((item.finding.clone(), item.fixes[*preferred].clone()));
                continue;
            }
            let mut current = *preferred;
            let mut proof = refusal.or_else(|| batch.proof.clone());
            loop {
                let fix = &item.fixes[current];
                dialogue.tell(&self.shown(item, fix, proof.as_ref(), current == *preferred, batch));
                let question = format!("({}/{}) Write this?", place + 1, to_ask.len());
                match dialogue.ask(&question, &ways(item.fixes.len() > 1)).await? {
                    Answer::Other => {
                        current = (current + 1) % item.fixes.len();
                        proof = match current == *preferred {
                            true => batch.proof.clone(),
                            false => self.writing.prove(&item.fixes[current]).await?,
                        };
                        continue;
                    }
                    Answer::No => asked.declined.push(item.finding.clone()),
                    Answer::Quit => {
                        asked.quit = true;
                        return Ok(());
                    }
                    answer => {
                        all |= answer == Answer::All;
                        asked.accepted.push((item.finding.clone(), fix.clone()));
                    }
                }
                break;
            }
        }
        Ok(())
    }

    /// What was wanted with its proof, without the sets that are empty then, where that is proved.
    async fn proved(&mut self, whole: Fix) -> Result<(Fix, Option<Proof>), Failure> {
        if !self.writing.proves() {
            return Ok((whole, None));
        }
        let proved = self.writing.proving(async |workspace, targets, known| {
            workspace.prove_together(&BTreeMap::new(), &whole, targets, known).await
        });
        let (whole, proof) = proved.await?;
        Ok((whole, Some(proof)))
    }

    fn shown(&self, item: &Item, fix: &Fix, proof: Option<&Proof>, preferred: bool, batch: &Batch) -> String {
        let look = &self.writing.asked.look;
        let mut page = String::from("\n");
        render::fix::fix(&mut page, &item.finding, fix, look);
        if let Some(proof) = proof {
            let together = preferred && batch.fixes.len() > 1 && batch.proof.as_ref() == Some(proof);
            if together {
                page.push_str(&format!("together with {} more: ", batch.fixes.len() - 1));
            }
            render::fix::proof(&mut page, proof, fix, look);
        }
        page
    }

    /// Writes what was wanted, after a proof of just that. Whether anything was.
    async fn write_accepted(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        asked: Asked,
        fixes: &[Fix],
        batch: &Batch,
    ) -> Result<bool, Failure> {
        if asked.accepted.is_empty() {
            return Ok(false);
        }
        let accepted: Vec<Fix> = asked.accepted.iter().map(|(_, fix)| fix.clone()).collect();
        let members = Batch::joined(&accepted).fixes;
        let whole = Fix::together(members.iter().map(|number| &accepted[*number]));
        let as_proved = batch.fixes.iter().map(|number| &fixes[*number]).eq(&accepted);
        let (whole, proof) = match batch.proof.clone().filter(|_| as_proved) {
            Some(proof) => (Fix { change: batch.change.clone(), ..whole }, Some(proof)),
            None => self.proved(whole).await?,
        };
        let (whole, proof) = self.writing.formatted(whole, proof).await?;
        if let Some(proof) = proof.as_ref().filter(|proof| !proof.holds(&whole)) {
            let mut page = String::from("\n");
            render::fix::proof(&mut page, proof, &whole, &self.writing.asked.look);
            dialogue.tell(&page);
            let ways = [Way { key: 'y', word: "yes", answer: true }, Way { key: 'n', word: "no", answer: false }];
            if !dialogue.ask("Write it all the same?", &ways).await? {
                let proof = self.told.proof(proof.clone());
                for (finding, fix) in &asked.accepted {
                    self.told.fix(finding, Some(fix), FixOutcome::Declined, Vec::new(), Some(proof));
                }
                return Ok(false);
            }
        }
        let applied = self.writing.write(&whole)?;
        self.emptied.extend(self.writing.asked.workspace.emptied(&whole.change));
        for sentence in render::fix::written(&applied) {
            dialogue.tell(&format!("{sentence}\n"));
        }
        self.told.applied(applied);
        let proof = proof.map(|proof| self.told.proof(proof));
        for number in members {
            let (finding, fix) = &asked.accepted[number];
            self.told.fix(finding, Some(fix), FixOutcome::Written, Vec::new(), proof);
        }
        Ok(true)
    }
}

/// What was answered in one round.
struct Asked {
    accepted: Vec<(Finding, Fix)>,
    declined: Vec<Finding>,
    quit: bool,
}

fn ways(others: bool) -> Vec<Way<Answer>> {
    let mut ways = vec![
        Way { key: 'y', word: "yes", answer: Answer::Yes },
        Way { key: 'n', word: "no", answer: Answer::No },
        Way { key: 'a', word: "all", answer: Answer::All },
        Way { key: 'q', word: "quit", answer: Answer::Quit },
    ];
    if others {
        ways.insert(2, Way { key: 'o', word: "other way", answer: Answer::Other });
    }
    ways
}
