//! Service catalogues: registration, watches and key/value, reconciled.
