//! What a rule finds in one target, before the targets are put together.

use mkwhy_model::{Definition, Finding, Level, OptionPath, Position, Related, Site, Tag};

use crate::facts::site;
use crate::rule::Rule;

/// A finding in one target, with what it speaks of.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) rule: &'static Rule,
    pub(crate) finding: Finding,
    /// Where the definitions stand that it speaks of; a target without any of them has no say.
    pub(crate) about: Vec<Position>,
    /// Where an `allow` comment allows it.
    pub(crate) allowed_at: Vec<Position>,
    /// The gravest level that it can have, unless `mkwhy.toml` gives its rule a level.
    pub(crate) at_most: Level,
}

/// Where a rule puts its findings.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) rule: &'static Rule,
    pub(crate) drafts: &'a mut Vec<Draft>,
}

impl Found<'_> {
    /// A finding about a definition.
    pub(crate) fn at_definition(
        &mut self,
        definition: &Definition,
        option: &OptionPath,
        message: String,
    ) -> &mut Draft {
        let draft = self.at(site(definition), Some(option), message);
        draft.about = vec![definition.at.clone()];
        draft
    }

    /// A finding about a place.
    pub(crate) fn at(&mut self, site: Site, option: Option<&OptionPath>, message: String) -> &mut Draft {
        let at = site.at.clone();
        let finding = Finding {
            code: self.rule.code.to_owned(),
            level: self.rule.level,
            message,
            option: option.cloned(),
            site,
            related: Vec::new(),
            targets: Vec::new(),
            everywhere: false,
            certain: true,
            tag: None,
        };
        self.drafts.push(Draft {
            rule: self.rule,
            finding,
            about: vec![at.clone()],
            allowed_at: vec![at],
            at_most: Level::Error,
        });
        let last = self.drafts.len() - 1;
        &mut self.drafts[last]
    }
}

impl Draft {
    /// One more definition that belongs to it.
    pub(crate) fn related(&mut self, definition: &Definition, message: impl Into<String>) -> &mut Self {
        self.related_at(site(definition), message)
    }

    /// One more place that belongs to it.
    pub(crate) fn related_at(&mut self, site: Site, message: impl Into<String>) -> &mut Self {
        self.finding.related.push(Related { site, message: message.into() });
        self
    }

    /// How an editor shows it.
    pub(crate) fn tagged(&mut self, tag: Tag) -> &mut Self {
        self.finding.tag = Some(tag);
        self
    }

    /// It matters less than what else the rule finds.
    pub(crate) fn at_most(&mut self, level: Level) -> &mut Self {
        self.at_most = level;
        self
    }

    /// A guess from the text alone is never an error.
    pub(crate) fn guessed(&mut self) {
        self.finding.certain = false;
        self.finding.level = self.finding.level.min(Level::Warning);
    }
}
