import { after } from "node:test";
import "./journey";
import "./other";
import { finish } from "./workbench";

after(finish);
