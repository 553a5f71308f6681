;;; mkwhy-test-helper.el --- What the tests share -*- lexical-binding: t -*-

;; The tests get a folder as their argument, which is a copy of fixtures/kernelcore; `mkwhy' is on PATH. They end with
;; another status than 0 where something is not as it should be.

(define-derived-mode nix-mode prog-mode "Nix"
  "Stands for the mode of that name, which is in no registry of packages here.")
(add-to-list 'auto-mode-alist '("\\.nix\\'" . nix-mode))

(defconst test-folder (file-name-as-directory (expand-file-name (pop command-line-args-left))))

(defconst test-settings
  `(:offline t :overrideInputs (:nixpkgs ,(concat "path:" (getenv "MKWHY_PARTS") "/nixpkgs-22.11")))
  "The settings with which the fixture evaluates here.")

(defconst test-patience 60
  "So many seconds are waited for anything.")

(defun test-wait (what condition)
  "Wait until CONDITION gives something, which WHAT is called, and give it."
  (let ((until (+ (float-time) test-patience)) found)
    (while (not (or (setq found (funcall condition)) (> (float-time) until)))
      (accept-process-output nil 0.05))
    (message "  %s  %s" (if found "ok    " "FAILED") what)
    (or found (kill-emacs 1))))

(defun test-open ()
  "Open the module that the tests are about."
  (find-file (expand-file-name "modules/system/nix.nix" test-folder)))

(defun test-go ()
  "Go to the definition that the tests are about: it lost."
  (goto-char (point-min))
  (search-forward "max-jobs = 4")
  (backward-char 5))

(defun test-overlays ()
  "The overlays of the line that the cursor is on."
  (overlays-in (pos-bol) (1+ (pos-eol))))

(provide 'mkwhy-test-helper)
;;; mkwhy-test-helper.el ends here
