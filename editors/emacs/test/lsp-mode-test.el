;;; lsp-mode-test.el --- lsp-mode with the real program and Nix -*- lexical-binding: t -*-

(require 'mkwhy-test-helper)
(require 'mkwhy-lsp-mode)
(require 'lsp-diagnostics)
(require 'lsp-lens)

(setq mkwhy-settings test-settings
      lsp-session-file (expand-file-name "../lsp-session" test-folder)
      lsp-auto-guess-root t
      lsp-enable-file-watchers nil
      lsp-enable-snippet nil
      lsp-diagnostics-provider :flymake)
(lsp-workspace-folders-add test-folder)
(test-open)
(lsp)

(test-wait "Nix evaluates"
           (lambda () (equal mkwhy-status "mkwhy: nixosConfigurations.kernelcore, evaluated")))

(test-go)
(test-wait "the loser is a finding"
           (lambda ()
             (seq-find (lambda (it)
                         (and (= (lsp-get (lsp-get (lsp-get it :range) :start) :line) (1- (line-number-at-pos)))
                              (string-match-p "modules/security/nix-daemon.nix" (lsp-get it :message))))
                       (gethash (buffer-file-name) (lsp-diagnostics)))))

(test-wait "its hint names the winner"
           (lambda ()
             (lsp-update-inlay-hints (point-min) (point-max))
             (accept-process-output nil 0.5)
             (seq-find (lambda (it)
                         (string-match-p "lost to security/nix-daemon.nix:61" (or (overlay-get it 'before-string) "")))
                       (test-overlays))))

(test-wait "the definition leads to the winner"
           (lambda ()
             (let ((found (lsp-request "textDocument/definition" (lsp--text-document-position-params))))
               (string-suffix-p "/modules/security/nix-daemon.nix"
                                (lsp-get (if (vectorp found) (aref found 0) (if (listp found) (car found) found))
                                         :uri)))))
;;; lsp-mode-test.el ends here
