//! The JSON Schema of SARIF 2.1.0, as the standard publishes it, from a crate that makes its types of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::{Made, Stamp, crates};

const PACKAGE: (&str, &str) = ("serde-sarif", "0.8.0");

/// Copies the schema, if it is missing.
pub fn ensure(parts: &Path) -> Result<Made> {
    let folder = parts.join("sarif-2.1.0");
    let schema = folder.join("schema.json");
    let (name, version) = PACKAGE;
    let stamp = Stamp::new(parts, "sarif-2.1.0", &format!("1 {name} {version}"), &folder);
    if stamp.holds() && schema.is_file() {
        return Ok(Made::AlreadyThere);
    }
    let sources = crates::fetch(&parts.join("fetch-sarif"), &[PACKAGE])?;
    let source = sources.get(name).with_context(|| format!("cargo metadata does not name {name}"))?;
    let file = source.join("src/schema.json");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    ensure!(text.contains("(SARIF) Version 2.1.0"), "{} is no schema of SARIF 2.1.0", file.display());
    super::write(&schema, &text)?;
    stamp.set()?;
    Ok(Made::Now)
}
