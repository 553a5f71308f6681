//! A change as a workspace edit, in the best form that the client takes.

use std::collections::HashMap;

use mkwhy::{Change, FileChange};
use tower_lsp::jsonrpc::Error;
use tower_lsp::lsp_types::{
    AnnotatedTextEdit, ChangeAnnotation, CreateFile, CreateFileOptions, DocumentChangeOperation, DocumentChanges,
    OneOf, OptionalVersionedTextDocumentIdentifier, Range, ResourceOp, TextDocumentEdit, TextEdit, Url, WorkspaceEdit,
};

use super::{FAILED, refused};
use crate::folder::Folder;
use crate::state::State;
use crate::text::{Encoding, Text};

/// What is said of an edit, and whether the person is to be asked.
pub(super) struct Annotation {
    pub(super) label: String,
    pub(super) description: String,
    pub(super) asks: bool,
}

/// The name of the one annotation.
const ANNOTATION: &str = "mkwhy";

/// A change as a workspace edit.
///
/// # Errors
/// If it makes files, and the client takes no edit that does.
pub(super) fn workspace_edit(
    state: &State,
    folder: &Folder,
    change: &Change,
    annotation: Option<Annotation>,
) -> Result<WorkspaceEdit, Error> {
    let abilities = state.abilities;
    let mut files: Vec<(Url, &FileChange)> = Vec::new();
    for (name, file) in change.files() {
        let path = folder.path(name);
        let uri = folder.uri(&path).ok_or_else(|| refused(FAILED, format!("{name} has no address")))?;
        if file.before.is_none() && !(abilities.creates_files && abilities.document_changes) {
            let why = format!("this editor does not let a fix make files, and {name} is new");
            return Err(refused(FAILED, why));
        }
        files.push((uri, file));
    }
    if !abilities.document_changes {
        let changes: HashMap<Url, Vec<TextEdit>> =
            files.into_iter().map(|(uri, file)| (uri, text_edits(file, state.encoding))).collect();
        return Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() });
    }
    let annotation = annotation.filter(|_| abilities.annotates_changes);
    let mut operations: Vec<DocumentChangeOperation> = Vec::new();
    for (uri, file) in files {
        if file.before.is_none() {
            operations.push(DocumentChangeOperation::Op(ResourceOp::Create(CreateFile {
                uri: uri.clone(),
                // What is there by then is somebody else's.
                options: Some(CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(false) }),
                annotation_id: annotation.as_ref().map(|_| ANNOTATION.to_owned()),
            })));
        }
        let version = state.documents.get(&uri).map(|document| document.version);
        let edits = text_edits(file, state.encoding).into_iter().map(|text_edit| match &annotation {
            Some(_) => OneOf::Right(AnnotatedTextEdit { text_edit, annotation_id: ANNOTATION.to_owned() }),
            None => OneOf::Left(text_edit),
        });
        operations.push(DocumentChangeOperation::Edit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.collect(),
        }));
    }
    let annotations = annotation.map(|annotation| {
        let told = ChangeAnnotation {
            label: annotation.label,
            needs_confirmation: Some(annotation.asks),
            description: Some(annotation.description),
        };
        HashMap::from([(ANNOTATION.to_owned(), told)])
    });
    // Who takes no operations on files understands a plain list of documents better.
    let document_changes = if abilities.creates_files {
        DocumentChanges::Operations(operations)
    } else {
        let edits = operations.into_iter().filter_map(|operation| match operation {
            DocumentChangeOperation::Edit(edit) => Some(edit),
            DocumentChangeOperation::Op(_) => None,
        });
        DocumentChanges::Edits(edits.collect())
    };
    Ok(WorkspaceEdit { changes: None, document_changes: Some(document_changes), change_annotations: annotations })
}

fn text_edits(file: &FileChange, encoding: Encoding) -> Vec<TextEdit> {
    let Some(before) = &file.before else {
        return vec![TextEdit { range: Range::default(), new_text: file.after() }];
    };
    let text = Text::new(before.clone());
    file.edits()
        .iter()
        .map(|edit| TextEdit { range: text.range(&edit.range(), encoding), new_text: edit.text.clone() })
        .collect()
}
