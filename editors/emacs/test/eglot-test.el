;;; eglot-test.el --- Eglot with the real program and Nix -*- lexical-binding: t -*-

(require 'mkwhy-test-helper)
(require 'mkwhy-eglot)

(setq eglot-sync-connect 30
      mkwhy-settings test-settings)
(test-open)
;; `eglot-ensure' waits for the next command, and there is none.
(apply #'eglot--connect (eglot--guess-contact))

(test-wait "Nix evaluates"
           (lambda () (equal mkwhy-status "mkwhy: nixosConfigurations.kernelcore, evaluated")))

(test-go)
(test-wait "the loser is a finding that fades"
           (lambda ()
             (flymake-start)
             (seq-find (lambda (it)
                         (and (string-match-p "modules/security/nix-daemon.nix" (flymake-diagnostic-text it))
                              (memq 'eglot-diagnostic-tag-unnecessary-face
                                    (ensure-list (alist-get 'face (flymake--diag-overlay-properties it))))))
                       (flymake-diagnostics (pos-bol) (pos-eol)))))

(test-wait "its hint names the winner"
           (lambda ()
             (eglot--update-hints-1 (point-min) (point-max))
             (accept-process-output nil 0.5)
             ;; Every part of a hint is an overlay of its own.
             (seq-find (lambda (it) (equal (overlay-get it 'after-string) "security/nix-daemon.nix:61"))
                       (test-overlays))))

(test-wait "the definition leads to the winner"
           (lambda ()
             (let ((found (xref-backend-definitions 'eglot (xref-backend-identifier-at-point 'eglot))))
               (and (= (length found) 1)
                    (string-suffix-p "/modules/security/nix-daemon.nix"
                                     (xref-location-group (xref-item-location (car found))))))))

(mkwhy-set-target "nixosConfigurations.forge")
(test-wait "another target"
           (lambda () (equal mkwhy-status "mkwhy: nixosConfigurations.forge, evaluated")))
;;; eglot-test.el ends here
