;;; mkwhy-lsp-mode.el --- Who decides this option? For lsp-mode -*- lexical-binding: t -*-

;; Load this file, or copy it into your init file; `mkwhy' has to be on PATH. The server is an add-on: it stands beside
;; another one for Nix.

(require 'lsp-mode)

(defcustom mkwhy-settings nil
  "Settings of the server, as a property list; for instance (:evaluate \"command\" :offline t).
With :trusted :json-false nothing is evaluated."
  :type 'plist
  :group 'lsp-mode)

(defvar mkwhy-status nil
  "What is known of the configuration, for the mode line.")

(defun mkwhy--status (_workspace params)
  "Keep what PARAMS say of a folder."
  (setq mkwhy-status (format "mkwhy: %s, %s" (or (lsp-get params :target) "-") (lsp-get params :state)))
  (force-mode-line-update t))

(lsp-register-client
 (make-lsp-client
  :new-connection (lsp-stdio-connection '("mkwhy" "lsp"))
  :major-modes '(nix-mode nix-ts-mode)
  :server-id 'mkwhy
  :add-on? t
  :initialization-options (lambda () mkwhy-settings)
  :notification-handlers (lsp-ht ("mkwhy/status" #'mkwhy--status))))

(add-to-list 'lsp-language-id-configuration '(nix-mode . "nix"))
(add-to-list 'lsp-language-id-configuration '(nix-ts-mode . "nix"))
(setq lsp-inlay-hint-enable t)
(add-hook 'nix-mode-hook #'lsp-deferred)
(add-hook 'nix-ts-mode-hook #'lsp-deferred)

(provide 'mkwhy-lsp-mode)
;;; mkwhy-lsp-mode.el ends here
