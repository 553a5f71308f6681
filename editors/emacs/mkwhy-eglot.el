;;; mkwhy-eglot.el --- Who decides this option? For Eglot -*- lexical-binding: t -*-

;; For Emacs 29 or newer. Load this file, or copy it into your init file; `mkwhy' has to be on PATH.
;;
;; Hints, findings with faded and struck text, hovers (`eldoc'), the definition that decides (`xref-find-definitions'), all
;; definitions (`xref-find-references') and fixes (`eglot-code-actions') are Eglot's own.

(require 'eglot)

(defcustom mkwhy-settings nil
  "Settings of the server, as a property list; for instance (:evaluate \"command\" :offline t).
With :trusted :json-false nothing is evaluated."
  :type 'plist
  :group 'eglot)

(add-to-list 'eglot-server-programs
             `((nix-mode nix-ts-mode)
               . ,(lambda (&rest _)
                    `("mkwhy" "lsp" :initializationOptions ,(or mkwhy-settings eglot--{})))))

(add-hook 'nix-mode-hook #'eglot-ensure)
(add-hook 'nix-ts-mode-hook #'eglot-ensure)

(defvar mkwhy-status nil
  "What is known of the configuration, for the mode line.")

(cl-defmethod eglot-handle-notification
  (_server (_method (eql mkwhy/status)) &key target state &allow-other-keys)
  "Keep what is known of a folder: its TARGET, and the STATE of that."
  (setq mkwhy-status (format "mkwhy: %s, %s" (or target "-") state))
  (force-mode-line-update t))

(defun mkwhy-set-target (target)
  "Ask another configuration, TARGET."
  (interactive
   (list (completing-read
          "Which configuration is asked? "
          (mapcar (lambda (it) (plist-get it :name))
                  (plist-get (jsonrpc-request (eglot-current-server) :mkwhy/targets
                                              `(:uri ,(eglot-path-to-uri (buffer-file-name))))
                             :targets)))))
  (jsonrpc-request (eglot-current-server) :mkwhy/setTarget
                   `(:uri ,(eglot-path-to-uri (buffer-file-name)) :target ,target)))

(defun mkwhy-evaluate ()
  "Let Nix evaluate now."
  (interactive)
  (let ((answer (jsonrpc-request (eglot-current-server) :mkwhy/evaluate
                                 `(:uri ,(eglot-path-to-uri (buffer-file-name))))))
    (unless (eq (plist-get answer :started) t)
      (message "mkwhy: %s" (plist-get answer :message)))))

(provide 'mkwhy-eglot)
;;; mkwhy-eglot.el ends here
