//! Every rule is registered, documented and tested.
