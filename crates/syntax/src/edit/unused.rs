//! What a `let` binds for nothing but what is taken out.

use std::collections::BTreeMap;
use std::ops::Range;

use rnix::SyntaxKind;
use rowan::NodeOrToken;

use crate::edit::remove::Removal;
use crate::scopes::{BoundBy, BoundName};
use crate::source::Span;
use crate::summary::entries_with_comments;
use crate::tree::Node;

impl<'t> Removal<'t> {
    /// Marks what a `let` binds and only what goes has used. What nobody used before stays, and so does what is inherited:
    /// what is written instead may say it. `written` is what else is written at the same time.
    pub(super) fn mark_unused(&mut self, written: &[&str]) {
        let scopes = self.reader.scopes();
        let mut uses: BTreeMap<u32, Vec<Span>> = BTreeMap::new();
        for (name, at) in scopes.uses() {
            uses.entry(name).or_default().push(at);
        }
        let names: Vec<(BoundName, Vec<Span>)> = uses
            .into_iter()
            .filter_map(|(number, uses)| Some((scopes.name(number)?, uses)))
            .filter(|(name, _)| name.by == BoundBy::Let && !name.value.is_empty())
            .filter(|(name, _)| !written.iter().any(|text| text.contains(self.source.slice(&name.at.range()))))
            .collect();
        loop {
            let before = self.ranges.len();
            for (name, uses) in &names {
                // A recursive one uses itself.
                let own = name.at.start as usize..name.value.end as usize;
                let others = || uses.iter().filter(|at| !own.contains(&(at.start as usize)));
                if !self.is_inside(name.at.start as usize)
                    && others().next().is_some()
                    && others().all(|at| self.is_inside(at.start as usize))
                    && let Some(binding) = self.source.binding_around(name.at.start as usize)
                {
                    self.ranges.insert((binding.start as usize, binding.end as usize));
                }
            }
            if self.ranges.len() == before {
                return;
            }
        }
    }

    fn is_inside(&self, offset: usize) -> bool {
        self.ranges.iter().any(|(start, end)| (*start..*end).contains(&offset))
    }

    /// What goes of each `let` that binds nothing any more, up to what it is written for.
    pub(super) fn emptied_lets(&self) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for (start, _) in &self.ranges {
            let around = self.reader.ancestors(*start);
            let lets = around.iter().filter(|node| node.kind() == SyntaxKind::NODE_LET_IN);
            let emptied =
                lets.filter(|node| node.entries().next().is_some() && node.entries().all(|entry| self.goes(entry)));
            found.extend(emptied.filter_map(|node| self.without_let(*node)));
        }
        found.sort_by_key(|range| range.start);
        found.dedup();
        found
    }

    /// From the `let` to what follows its `in`; `None` where comments stand there that belong to no binding.
    fn without_let(&self, node: Node<'t>) -> Option<Range<usize>> {
        let spans = entries_with_comments(node);
        let end = node.token(SyntaxKind::TOKEN_IN)?.start();
        let mut comments = node
            .elements()
            .filter_map(NodeOrToken::into_token)
            .filter(|token| token.kind() == SyntaxKind::TOKEN_COMMENT && token.start() < end);
        if comments.any(|token| !spans.iter().any(|(_, span)| span.range().contains(&token.start()))) {
            return None;
        }
        let behind = end + "in".len();
        let text = &self.source.text()[behind..];
        Some(node.start()..behind + text.len() - text.trim_start().len())
    }
}
