//! Data that crates carry in their sources.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// Brings the sources of crates and gives the folder of each one's, by its name. They are never built nor linked: a small
/// manifest names them, `cargo fetch` brings them and `cargo metadata` tells where they lie.
pub fn fetch(folder: &Path, crates: &[(&str, &str)]) -> Result<HashMap<String, PathBuf>> {
    // The empty `[workspace]` keeps cargo from looking for one above.
    let mut manifest = String::from(
        "[package]\nname = \"parts\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n[dependencies]\n",
    );
    for (name, version) in crates {
        manifest += &format!("{name} = \"={version}\"\n");
    }
    let file = folder.join("Cargo.toml");
    super::write(&file, &manifest)?;
    super::write(&folder.join("src/lib.rs"), "")?;
    process::output(process::cargo().arg("fetch").arg("--manifest-path").arg(&file))
        .context("cargo cannot fetch the test data; look at the network and at cargo's configuration")?;
    let metadata =
        process::output(process::cargo().args(["metadata", "--format-version", "1", "--manifest-path"]).arg(&file))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata does not give JSON")?;
    Ok(source_folders(&metadata))
}

fn source_folders(metadata: &Value) -> HashMap<String, PathBuf> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter_map(|package| {
            let name = package["name"].as_str()?;
            let manifest = Path::new(package["manifest_path"].as_str()?);
            Some((name.to_owned(), manifest.parent()?.to_path_buf()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_folders_are_those_of_the_manifests() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "nixel", "manifest_path": "/r/nixel-5.2.0/Cargo.toml" },
            { "name": "odd" },
        ] });
        let folders = source_folders(&metadata);
        assert_eq!(folders.len(), 1);
        assert_eq!(folders["nixel"], Path::new("/r/nixel-5.2.0"));
    }
}
