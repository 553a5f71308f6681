//! Findings as diagnostics.

use mkwhy::{Finding, Level, Tag};
use tower_lsp::lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, NumberOrString,
};

use crate::folder::Folder;
use crate::place::{range, site_location};
use crate::text::{Encoding, Text};

/// The findings of a file as diagnostics, and where Nix failed.
pub(crate) fn diagnostics(
    folder: &Folder,
    file: &str,
    findings: &[Finding],
    text: &Text,
    encoding: Encoding,
) -> Vec<Diagnostic> {
    let failure = folder.failure.as_ref().and_then(|error| {
        let at = error.at().filter(|at| at.file == file)?;
        Some(Diagnostic {
            range: range(text, at, None, encoding),
            severity: Some(DiagnosticSeverity::ERROR),
            code: Some(NumberOrString::String("evaluation-failed".into())),
            source: Some("mkwhy".into()),
            message: error.to_string(),
            ..Diagnostic::default()
        })
    });
    findings.iter().map(|finding| diagnostic(folder, finding, text, encoding)).chain(failure).collect()
}

fn diagnostic(folder: &Folder, finding: &Finding, text: &Text, encoding: Encoding) -> Diagnostic {
    let related: Vec<DiagnosticRelatedInformation> = finding
        .related
        .iter()
        .filter_map(|related| {
            let location = site_location(folder, &related.site, encoding)?;
            Some(DiagnosticRelatedInformation { location, message: related.message.clone() })
        })
        .collect();
    let guess = if finding.certain { "" } else { " (a guess, from the text alone)" };
    Diagnostic {
        range: range(text, &finding.site.at, finding.site.span, encoding),
        severity: Some(match finding.level {
            Level::Error => DiagnosticSeverity::ERROR,
            Level::Warning => DiagnosticSeverity::WARNING,
            Level::Information => DiagnosticSeverity::INFORMATION,
            Level::Hint => DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(finding.code.clone())),
        code_description: folder.pages.of(&finding.code).map(|href| CodeDescription { href }),
        source: Some("mkwhy".into()),
        message: format!("{}{guess}", finding.message),
        related_information: (!related.is_empty()).then_some(related),
        tags: finding.tag.map(|tag| {
            vec![match tag {
                Tag::Unnecessary => DiagnosticTag::UNNECESSARY,
                Tag::Deprecated => DiagnosticTag::DEPRECATED,
            }]
        }),
        data: Some(data(finding)),
    }
}

/// What leads from a diagnostic back to its finding.
pub(crate) fn data(finding: &Finding) -> serde_json::Value {
    let at = &finding.site.at;
    serde_json::json!({
        "code": finding.code,
        "option": finding.option.as_ref().map(ToString::to_string),
        "line": at.line,
        "column": at.column,
    })
}
