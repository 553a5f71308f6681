// The library of the protocol, bundled for itself: it is most of the extension, and loaded when the server is started.
export { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
