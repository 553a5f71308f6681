---@meta
-- What the server answers beside the protocol's own requests; crates/server/src/requests.rs says the same in Rust.

---@alias mkwhy.Freshness 'evaluating'|'evaluated'|'stale'|'syntax'|'failed'

---What is known of a folder.
---@class mkwhy.Status
---@field root string The folder, absolute.
---@field target? string
---@field state mkwhy.Freshness
---@field message? string Why, in a sentence.
---@field milliseconds? integer How long the last evaluation took.

---@alias mkwhy.Outcome 'wins'|'merged'|'conflicts'|'shadowed'|'inactive'|'dropped'|'undecided'

---A Nix value within a budget; what cannot be shown is named instead.
---@class mkwhy.Value
---@field kind string
---@field value? any
---@field bytes? integer
---@field items? mkwhy.Value[]
---@field entries? any
---@field more? integer
---@field name? string
---@field arguments? string[]
---@field what? string
---@field property? string
---@field number? integer
---@field holds? boolean
---@field contents? mkwhy.Value[]

---A place as Nix names it: lines and columns (in bytes) from 1, the file relative to the folder or absolute.
---@class mkwhy.Place
---@field file string
---@field line? integer
---@field column? integer

---@class mkwhy.Condition
---@field text? string
---@field holds? boolean

---@class mkwhy.Definition
---@field at mkwhy.Place
---@field module string
---@field outcome mkwhy.Outcome
---@field by? integer[] Of one that is shadowed: the indices, from 0, of those that were stronger.
---@field condition? integer Of one that is inactive: the index, from 0, of the condition that is false.
---@field parent? string Of one that is dropped: the outer option.
---@field parent_priority? integer
---@field priority? integer
---@field order? integer
---@field conditions mkwhy.Condition[]
---@field value? mkwhy.Value
---@field source? string
---@field imports string[]
---@field via? string
---@field declared_default boolean
---@field certain boolean
---@field why_not? string Why it does not decide, in a sentence.
---@field struck boolean Whether it lost, and so is struck out.
---@field location? lsp.Location Where it stands, where there is such a file.
---@field imported_by string[] The files whose imports brought its module in, from outside in.

---@class mkwhy.Message
---@field text string
---@field at? mkwhy.Place

---@class mkwhy.FinalValue
---@field state 'known'|'merged'|'undefined'|'failed'|'unknown'
---@field value? mkwhy.Value
---@field message? mkwhy.Message

---@class mkwhy.Knowledge
---@field how 'evaluated'|'stale'|'syntax'|'failed'
---@field because? mkwhy.Message
---@field message? mkwhy.Message

---@class mkwhy.Cascade
---@field path string
---@field target string
---@field known mkwhy.Knowledge
---@field option_type? string
---@field value mkwhy.FinalValue
---@field before_apply? mkwhy.Value
---@field contradiction boolean
---@field declared boolean
---@field definitions mkwhy.Definition[]
---@field notes string[]
---@field conclusion string[] Who decides and why, in sentences.
---@field declared_at lsp.Location[]

---@class mkwhy.Matrix
---@field target string
---@field known mkwhy.Knowledge
---@field modules string[]
---@field rows mkwhy.Row[]
---@field notes string[]

---@class mkwhy.Row
---@field path string
---@field value? mkwhy.Value
---@field contradiction boolean
---@field error? mkwhy.Message
---@field cells mkwhy.Cell[]

---@class mkwhy.Cell
---@field module integer The index of its module, from 0.
---@field outcome mkwhy.Outcome
---@field priority? integer
---@field at mkwhy.Place

---@class mkwhy.Targets
---@field targets { name: string }[]
---@field active? string

---One definition in a document.
---@class mkwhy.Item
---@field range lsp.Range The whole binding.
---@field name lsp.Range The attribute path in it.
---@field option string
---@field outcome mkwhy.Outcome
---@field alone boolean Whether nothing else defines the option, its default aside.

---A fix that is offered.
---@class mkwhy.Fix
---@field id string
---@field title string
---@field kind string
---@field preferred? boolean
---@field proved? boolean Nothing where it was not tried with these texts.
---@field verdict? string What came of trying it, in a line.
---@field disabled? string Why it cannot be taken now.

---What came of trying a fix.
---@class mkwhy.FixAnswer
---@field title string
---@field proved boolean Whether it does what it says and nothing else.
---@field verdict string
---@field values { target: string, option: string, before: mkwhy.FinalValue, after: mkwhy.FinalValue, meant: boolean }[]
---@field failures string[]
---@field remarks string[]
---@field left string[]
---@field toAdd string[]
---@field edit lsp.WorkspaceEdit
