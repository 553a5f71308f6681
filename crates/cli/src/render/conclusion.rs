//! Who decides and why, in a sentence.

use mkwhy::{Cascade, Definition, FinalValue, Knowledge, Outcome, Priority};

use super::text::{Text, width};
use super::{BAD, BOLD, Look, PLAIN, count, definitions, why};

/// Adds what the cascade comes to.
pub fn conclusion(page: &mut String, cascade: &Cascade, look: &Look) {
    if cascade.contradiction {
        contradiction(page, cascade, look);
    } else {
        if let FinalValue::Failed { message } = &cascade.value {
            Text::styled("Nix cannot evaluate the value:", BAD).end_line(page);
            why::message(page, message, 2, look);
        }
        let hedge = match cascade.known {
            Knowledge::Syntax { .. } if cascade.winners().next().is_some() => "As far as the text shows: ",
            _ => "",
        };
        for sentence in mkwhy::conclusion(cascade) {
            look.sentence(page, "", PLAIN, &format!("{hedge}{sentence}"));
        }
    }
    if cascade.agrees == Some(false) {
        let sentence = "Nix's own list of winners is another one; please report this as a bug of mkwhy.";
        look.sentence(page, "warning: ", BAD, sentence);
    }
}

fn contradiction(page: &mut String, cascade: &Cascade, look: &Look) {
    let sides: Vec<&Definition> =
        cascade.definitions.iter().filter(|definition| definition.outcome == Outcome::Conflicts).collect();
    let strongest = sides.iter().find_map(|side| side.priority);
    let strength = strongest.map_or_else(String::new, |priority| format!(" of one priority ({priority})"));
    let who = count(sides.len(), "definition", "definitions");
    let sentence = format!("{who}{strength} exclude each other, and Nix refuses the option.");
    look.sentence(page, "Contradiction: ", BAD, &sentence);
    let values = sides.iter().map(|side| width(&definitions::value(side))).max().unwrap_or(0).min(32);
    for side in &sides {
        let mut line = Text::at(2).and(&look.fit(&definitions::value(side), 32), BAD);
        line.next_column(2 + values + 2);
        look.place(&mut line, &side.at, PLAIN);
        line.end_line(page);
    }
    if let FinalValue::Failed { message } = &cascade.value {
        Text::styled("Nix says:", BOLD).end_line(page);
        why::message(page, message, 2, look);
    }
    let way_out = match strongest {
        Some(Priority::FORCE) => "take mkForce away from all but the one that should decide",
        Some(priority) if Priority::FORCE.outranks(priority) => {
            "remove all but one of them, or put mkForce around the one that should decide"
        }
        _ => "remove all but one of them, or give one a stronger priority: a lower number",
    };
    look.sentence(page, "Next: ", BOLD, &format!("{way_out}."));
}
