//! The meta model of the Language Server Protocol, from the npm package that its authors publish.
//!
//! The package has the meta model's form (`metaModel.schema.json`) and the declarations that it is made of, but not the
//! meta model itself: `protocol.mjs` makes it of them, with the TypeScript compiler.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Made, Stamp};
use crate::process;

const PACKAGES: [(&str, &str); 2] = [("vscode-languageserver-protocol", "3.17.5"), ("typescript", "5.8.3")];

const SCRIPT: &str = include_str!("protocol.mjs");

/// Makes the folder with the meta model and its form, if it is missing.
pub fn ensure(parts: &Path) -> Result<Made> {
    let folder = parts.join("lsp-3.17");
    let stamp = Stamp::new(parts, "lsp-3.17", &format!("{PACKAGES:?}\n{SCRIPT}"), &folder);
    if stamp.holds() && folder.join("metaModel.json").is_file() {
        return Ok(Made::AlreadyThere);
    }
    for program in ["node", "npm"] {
        ensure!(
            process::on_path(program).is_some(),
            "there is no {program} on PATH; install Node.js 18 or newer with npm (Debian: apt-get install nodejs npm)"
        );
    }
    super::build_folder(&folder, |temporary| {
        let work = temporary.join("work");
        let wanted: Vec<String> = PACKAGES.iter().map(|(name, version)| format!("\"{name}\": \"{version}\"")).collect();
        let manifest = format!("{{ \"private\": true, \"dependencies\": {{ {} }} }}\n", wanted.join(", "));
        super::write(&work.join("package.json"), &manifest)?;
        super::write(&work.join("make.mjs"), SCRIPT)?;
        let install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
        process::output(Command::new("npm").args(install).current_dir(&work))
            .context("npm cannot bring the packages; look at the network and at npm's configuration")?;
        let model = temporary.join("metaModel.json");
        process::output(Command::new("node").arg("make.mjs").arg(&model).current_dir(&work))
            .context("the declarations of the protocol are not what they were")?;
        let form = work.join("node_modules/vscode-languageserver-protocol/metaModel.schema.json");
        std::fs::copy(&form, temporary.join("metaModel.schema.json"))
            .with_context(|| format!("cannot copy {}", form.display()))?;
        super::remove(&work)
    })?;
    stamp.set()?;
    Ok(Made::Now)
}
