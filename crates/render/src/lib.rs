//! Catalogue-driven files: consul-template's functions, dependency tracking and atomic replacement.
