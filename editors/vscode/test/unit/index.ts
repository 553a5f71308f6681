import "./binary.test";
import "./model.test";
import "./package.test";
import "./targets.test";
import "./tokens.test";
import "./trees.test";
import "./values.test";
import "./words.test";
