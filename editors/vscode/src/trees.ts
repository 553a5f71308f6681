// The trees of options and of modules.
export const VIEWS = ["mkwhy.options", "mkwhy.modules"];
