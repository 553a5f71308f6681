//! `mkwhy explain [CODE]`

use mkwhy::{RULES, Rule};

use crate::exit::{Failure, FailureKind, Report};
use crate::json::{self, Body};
use crate::render::{Look, page};

pub fn run(code: Option<&str>, json: bool, look: &Look) -> Result<Report, Failure> {
    let rule = code.map(|code| mkwhy::rule(code).ok_or_else(|| unknown(code))).transpose()?;
    if json {
        let rules = rule.map_or_else(|| RULES.to_vec(), |rule| vec![rule]);
        let body = Body::Explain { rules: rules.into_iter().map(Into::into).collect() };
        return Ok(Report::found(json::answer(body)));
    }
    Ok(Report::found(rule.map_or_else(|| page::rules(RULES, look), |rule| page::page(rule, look))))
}

fn unknown(code: &str) -> Failure {
    let help = match nearest(code) {
        Some(rule) => format!("did you mean `mkwhy explain {}`? `mkwhy explain` lists all rules", rule.code),
        None => "`mkwhy explain` lists all rules".to_owned(),
    };
    Failure {
        message: format!("there is no rule {code:?}"),
        at: None,
        help: Some(help),
        kind: FailureKind::NotFound,
        trace: Vec::new(),
    }
}

/// The rule whose code was probably meant.
fn nearest(code: &str) -> Option<&'static Rule> {
    let near = |rule: &&Rule| strsim::jaro_winkler(rule.code, code);
    let best = RULES.iter().copied().max_by(|one, other| near(one).total_cmp(&near(other)))?;
    (near(&best) > 0.75).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_code_is_offered() {
        let offered = |code| nearest(code).map(|rule| rule.code);
        assert_eq!(offered("shadowed"), Some("shadowed-definition"));
        assert_eq!(offered("wrongtype"), Some("wrong-type"));
        assert_eq!(offered("unkown-option"), Some("unknown-option"));
        assert_eq!(offered("xyz"), None);
    }
}
