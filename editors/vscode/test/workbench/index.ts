import "./journey";
