//! What a document is answered with: hints, findings, hovers, lenses, places.

use std::collections::BTreeMap;
use std::sync::Arc;

use mkwhy::{Cascade, Definition, Finding, Knowledge, Level, Outcome, Segment, Tag};
use tower_lsp::lsp_types::{
    CodeDescription, CodeLens, Command, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    DocumentSymbol, Hover, HoverContents, InlayHint, InlayHintLabel, InlayHintLabelPart, InlayHintLabelPartTooltip,
    InlayHintTooltip, Location, MarkupContent, MarkupKind, NumberOrString, Range, SymbolInformation, SymbolKind, Url,
};

use crate::folder::Folder;
use crate::place::{binding_span, definition_location, location, name_span, range, site_location};
use crate::settings::HintSettings;
use crate::text::{Encoding, Text};
use crate::words;

/// Where the pages of the rules are.
const PAGES: &str = "https://github.com/mkwhy/mkwhy/blob/main/crates/rules/src/rules";

/// One definition in a document.
pub(crate) struct Item {
    pub(crate) cascade: Arc<Cascade>,
    pub(crate) index: usize,
    pub(crate) name: (usize, usize),
    pub(crate) binding: (usize, usize),
}

impl Item {
    pub(crate) fn definition(&self) -> &Definition {
        &self.cascade.definitions[self.index]
    }
}

/// The definitions in a document whose places are known, in the order of the text.
pub(crate) fn items(folder: &Folder, file: &str) -> Vec<Item> {
    let mut items = Vec::new();
    for cascade in folder.cascades_in(file) {
        let segments = cascade.path.segments();
        let unnamed = segments.is_empty()
            || segments.iter().any(|segment| matches!(segment, Segment::Name(name) if name.is_empty()));
        for (index, definition) in cascade.definitions.iter().enumerate() {
            // Where the text is broken, or there is no path, there is no name.
            if unnamed || definition.at.file != file || definition.declared_default || !definition.certain {
                continue;
            }
            if let (Some(name), Some(binding)) = (name_span(definition), binding_span(definition)) {
                items.push(Item { cascade: cascade.clone(), index, name, binding });
            }
        }
    }
    items.sort_by(|a, b| (a.name, &a.cascade.path).cmp(&(b.name, &b.cascade.path)));
    items
}

/// The hints in a range of a document.
pub(crate) fn hints(
    folder: &Folder,
    file: &str,
    text: &Text,
    within: Range,
    wanted: &HintSettings,
    encoding: Encoding,
) -> Vec<InlayHint> {
    let mut hints = Vec::new();
    for item in items(folder, file) {
        let (cascade, definition) = (&item.cascade, item.definition());
        if !wanted.wants(&definition.outcome) {
            continue;
        }
        let end = if item.binding.1 > item.name.1 { item.binding.1 } else { item.name.1 };
        // A value over several lines is spoken of where it begins.
        let first_line_end = text.line_end(item.name.0).min(end);
        let position = text.position(first_line_end, encoding);
        if position < within.start || position > within.end {
            continue;
        }
        let parts = words::hint(cascade, definition);
        if parts.is_empty() {
            continue;
        }
        let label = parts
            .into_iter()
            .map(|(value, leads_to)| InlayHintLabelPart {
                value,
                tooltip: leads_to
                    .map(|leads_to| InlayHintLabelPartTooltip::String(format!("go to {}", words::place(&leads_to.at)))),
                location: leads_to.and_then(|leads_to| definition_location(folder, leads_to, encoding)),
                command: None,
            })
            .collect();
        hints.push(InlayHint {
            position,
            label: InlayHintLabel::LabelParts(label),
            kind: None,
            text_edits: None,
            tooltip: Some(InlayHintTooltip::MarkupContent(markdown(story(folder, cascade, encoding)))),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        });
    }
    hints
}

fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

fn story(folder: &Folder, cascade: &Cascade, encoding: Encoding) -> String {
    let mut text = words::story(cascade, |definition| {
        let found = definition_location(folder, definition, encoding)?;
        Some(format!("{}#L{}", found.uri, found.range.start.line + 1))
    });
    if let Some(failure) = folder.failure.as_ref().filter(|_| cascade.known != Knowledge::Evaluated) {
        text.push_str(&format!("\n\n*the last evaluation failed: {}*\n", words::cut(&failure.to_string(), 300)));
    }
    text
}

/// The smallest definition around an offset, of those that a click there can mean.
pub(crate) fn item_at(items: Vec<Item>, offset: usize) -> Option<Item> {
    let on_name = |item: &Item| item.name.0 <= offset && offset <= item.name.1;
    let inside = |item: &Item| item.binding.0 <= offset && offset <= item.binding.1;
    let mut found: Vec<Item> = items.into_iter().filter(|item| inside(item) || on_name(item)).collect();
    found.sort_by_key(|item| (item.binding.1 - item.binding.0, std::cmp::Reverse(item.cascade.path.segments().len())));
    found.into_iter().next()
}

/// What is said of the definition at an offset.
pub(crate) fn hover(folder: &Folder, file: &str, text: &Text, offset: usize, encoding: Encoding) -> Option<Hover> {
    let item = item_at(items(folder, file), offset)?;
    Some(Hover {
        contents: HoverContents::Markup(markdown(story(folder, &item.cascade, encoding))),
        range: Some(text.range(&(item.name.0..item.name.1), encoding)),
    })
}

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
    let page = Url::parse(&format!("{PAGES}/{}.rs", finding.code.replace('-', "_"))).ok();
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
        code_description: page.map(|href| CodeDescription { href }),
        source: Some("mkwhy".into()),
        message: format!("{}{guess}", finding.message),
        related_information: (!related.is_empty()).then_some(related),
        tags: finding.tag.map(|tag| {
            vec![match tag {
                Tag::Unnecessary => DiagnosticTag::UNNECESSARY,
                Tag::Deprecated => DiagnosticTag::DEPRECATED,
            }]
        }),
        data: None,
    }
}

/// A lens over every option of the document that is defined more than once, and one over the module.
pub(crate) fn lenses(folder: &Folder, file: &str, uri: &Url, text: &Text, encoding: Encoding) -> Vec<CodeLens> {
    let items = items(folder, file);
    let lost = items
        .iter()
        .filter(|item| matches!(item.definition().outcome, Outcome::Shadowed { .. } | Outcome::Dropped { .. }))
        .count();
    let off = items.iter().filter(|item| matches!(item.definition().outcome, Outcome::Inactive { .. })).count();
    let mut lenses = Vec::new();
    if !items.is_empty() {
        let title = format!("{} definitions: {lost} lost, {off} inactive", items.len());
        lenses.push(CodeLens { range: Range::default(), command: Some(command(title, "", Vec::new())), data: None });
    }
    let mut by_line: BTreeMap<u32, ()> = BTreeMap::new();
    for item in items {
        let others: Vec<&Definition> =
            item.cascade.definitions.iter().filter(|definition| !definition.declared_default).collect();
        let here = text.range(&(item.name.0..item.name.1), encoding);
        if others.len() < 2 || by_line.insert(here.start.line, ()).is_some() {
            continue;
        }
        let places: Vec<Location> =
            others.iter().filter_map(|definition| definition_location(folder, definition, encoding)).collect();
        let arguments = [serde_json::to_value(uri), serde_json::to_value(here.start), serde_json::to_value(places)];
        let arguments: Vec<serde_json::Value> = arguments.into_iter().filter_map(Result::ok).collect();
        let title = format!("{} definitions of {}", others.len(), item.cascade.path);
        lenses.push(CodeLens {
            range: here,
            command: Some(command(title, "mkwhy.showDefinitions", arguments)),
            data: None,
        });
    }
    lenses
}

fn command(title: String, command: &str, arguments: Vec<serde_json::Value>) -> Command {
    Command { title, command: command.to_owned(), arguments: (!arguments.is_empty()).then_some(arguments) }
}

/// The definitions that decide the option at an offset.
pub(crate) fn winners(folder: &Folder, file: &str, offset: usize, encoding: Encoding) -> Vec<Location> {
    let Some(item) = item_at(items(folder, file), offset) else { return Vec::new() };
    item.cascade.winners().filter_map(|winner| definition_location(folder, winner, encoding)).collect()
}

/// Where the option at an offset is declared.
pub(crate) fn declarations(folder: &Folder, file: &str, offset: usize, encoding: Encoding) -> Vec<Location> {
    let Some(item) = item_at(items(folder, file), offset) else { return Vec::new() };
    let declaration = item.cascade.declaration.as_ref();
    declaration
        .into_iter()
        .flat_map(|declaration| &declaration.at)
        .filter_map(|at| location(folder, at, None, encoding))
        .collect()
}

/// All definitions of the option at an offset.
pub(crate) fn references(
    folder: &Folder,
    file: &str,
    offset: usize,
    declaration: bool,
    encoding: Encoding,
) -> Vec<Location> {
    let Some(item) = item_at(items(folder, file), offset) else { return Vec::new() };
    let definitions = item.cascade.definitions.iter().filter(|definition| !definition.declared_default);
    let mut found: Vec<Location> =
        definitions.filter_map(|definition| definition_location(folder, definition, encoding)).collect();
    if declaration {
        found.extend(declarations(folder, file, offset, encoding));
    }
    found
}

/// The options that a document defines, in the order of the text.
pub(crate) fn document_symbols(folder: &Folder, file: &str, text: &Text, encoding: Encoding) -> Vec<DocumentSymbol> {
    items(folder, file)
        .into_iter()
        .map(|item| {
            let detail =
                words::hint(&item.cascade, item.definition()).into_iter().map(|(part, _)| part).collect::<String>();
            let whole = item.binding.0.min(item.name.0)..item.binding.1.max(item.name.1);
            #[expect(deprecated, reason = "the field has no other constructor")]
            DocumentSymbol {
                name: item.cascade.path.to_string(),
                detail: (!detail.is_empty()).then_some(detail),
                kind: SymbolKind::PROPERTY,
                tags: None,
                deprecated: None,
                range: text.range(&whole, encoding),
                selection_range: text.range(&(item.name.0..item.name.1), encoding),
                children: None,
            }
        })
        .collect()
}

/// So many symbols are enough for a list.
const MOST_SYMBOLS: usize = 500;

/// The definitions of all options whose path has the letters of a query in their order.
pub(crate) fn workspace_symbols(folder: &Folder, query: &str, encoding: Encoding) -> Vec<SymbolInformation> {
    let Some(inspection) = &folder.inspection else { return text_symbols(folder, query, encoding) };
    let mut found = Vec::new();
    for cascade in inspection.cascades().filter(|cascade| fits(&cascade.path.to_string(), query)) {
        for definition in cascade.definitions.iter().filter(|definition| !definition.declared_default) {
            if let Some(location) = definition_location(folder, definition, encoding) {
                found.push(symbol(cascade.path.to_string(), location, Some(definition.outcome.word().to_owned())));
            }
        }
        if found.len() >= MOST_SYMBOLS {
            break;
        }
    }
    found
}

fn text_symbols(folder: &Folder, query: &str, encoding: Encoding) -> Vec<SymbolInformation> {
    let paths = folder.reading.index().paths_under(&mkwhy::OptionPath::default());
    let mut found = Vec::new();
    for path in paths.iter().filter(|path| fits(&path.to_string(), query)) {
        for hit in folder.reading.index().find(path) {
            let Some(definition) = hit.definition() else { continue };
            let Some(uri) = folder.uri(&hit.file.path) else { continue };
            let text = Text::new(hit.file.summary.text().clone());
            let range = text.range(&definition.name.range(), encoding);
            found.push(symbol(path.to_string(), Location { uri, range }, None));
        }
        if found.len() >= MOST_SYMBOLS {
            break;
        }
    }
    found
}

fn symbol(name: String, location: Location, container_name: Option<String>) -> SymbolInformation {
    #[expect(deprecated, reason = "the field has no other constructor")]
    SymbolInformation { name, kind: SymbolKind::PROPERTY, tags: None, deprecated: None, location, container_name }
}

/// Whether a text has the letters of a query in their order.
fn fits(text: &str, query: &str) -> bool {
    let mut letters = text.chars().flat_map(char::to_lowercase);
    query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).all(|wanted| letters.any(|c| c == wanted))
}
