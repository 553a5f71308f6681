import { after } from "node:test";
import "./journey";
import "./fixes";
import "./other";
import { finish } from "./workbench";

after(finish);
